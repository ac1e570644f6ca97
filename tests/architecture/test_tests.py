"""Every test proves something, and none is put aside."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.source_tree import (
    PACKAGE,
    ROOT,
    TESTS,
    functions,
    modules,
    name_of,
    parsed,
    require_none,
)

PROVING_CALL = re.compile(
    r"(?:^|\.)_?(?:raises|warns|fail|suppress|assert|check|expect|require|refuse)"
)
PUT_ASIDE = frozenset({"skip", "skipif", "xfail", "importorskip"})
MAY_SKIP = "tests/support/programs.py"


def proves(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a test holds an assertion, or calls something that is one by name or argument."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and PROVING_CALL.search(ast.unparse(node.func)))
        or (isinstance(node, ast.keyword) and ast.unparse(node) == "check=True")
        for node in ast.walk(test)
    )


def put_aside(tree: ast.AST) -> list[int]:
    """Return the lines that would leave a test out."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in PUT_ASIDE
        and ast.unparse(node.value) in {"pytest", "pytest.mark"}
    ]


def is_test_file(path: Path) -> bool:
    return path.name.startswith("test_")


def test_every_test_asserts_something() -> None:
    require_none(
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in modules(TESTS)
        if is_test_file(path)
        for node in functions(path)
        if node.name.startswith("test") and not proves(node)
    )


def test_no_test_is_put_aside() -> None:
    require_none(
        f"{name_of(path)}:{line}"
        for path in modules(TESTS)
        if name_of(path) != MAY_SKIP
        for line in put_aside(ast.parse(path.read_bytes()))
    )


def imported_tests() -> set[str]:
    """Name the tests that a test file imports, by which pytest collects them there."""
    return {
        alias.name
        for path in modules(TESTS)
        if is_test_file(path)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_every_test_is_collected() -> None:
    collected = imported_tests()
    require_none(
        f"{name_of(path)} {node.name}"
        for path in modules(TESTS)
        if not is_test_file(path)
        for node in functions(path)
        if node.name.startswith("test_") and node.name not in collected
    )


@pytest.mark.parametrize(
    ("body", "proving"),
    [
        ("assert x", True),
        ("with pytest.raises(E): f()", True),
        ("check_chain(x)", True),
        ("self.assert_same(a)", True),
        ("with refused(Code.X): f()", True),
        ("subprocess.run(x, check=True)", True),
        ("subprocess.run(x, check=False)", False),
        ("print(x)", False),
        ("unchecked(x)", False),
    ],
)
def test_what_counts_as_a_proof(body: str, *, proving: bool) -> None:
    test = ast.parse(f"def test(): {body}" if "with" not in body else f"def test():\n    {body}")
    assert isinstance(test.body[0], ast.FunctionDef)
    assert proves(test.body[0]) is proving


def test_a_skip_is_seen() -> None:
    source = "import pytest\n@pytest.mark.skip" + "if(True)\ndef test(): pytest.sk" + "ip('x')"
    assert put_aside(ast.parse(source)) == [2, 3]


def test_unit_tests_mirror_the_rooms() -> None:
    folders = {path.parent for path in modules(TESTS) if name_of(path).startswith("tests/unit/")}
    rooms = {PACKAGE / folder.relative_to(TESTS / "unit") for folder in folders}
    require_none(name_of(room) for room in rooms if not room.is_dir())


def recipe(target: str) -> str:
    """Return the prerequisites and the commands of a target of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}: (.*)\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found, target
    return f"{found[1]}\n{found[2]}"


def test_one_command_checks_everything() -> None:
    """Formatting, lint rules, types, import contracts and every test, and nothing is let pass."""
    test, lint = recipe("test"), recipe("lint")
    assert test.split()[0] == "lint"
    assert "-m pytest -n auto" in test
    for package in ("guard", "codec"):
        assert f"--require-full-coverage=gitprov/{package}" in test
    for tool in ("ruff format --quiet --check .", "ruff check --quiet .", "mypy", "lint-imports"):
        assert f"$(BIN)/{tool}" in lint
    assert "|| true" not in test + lint
    assert "make -s test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_types_are_checked_strictly() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert settings["strict"] is True
    assert settings["files"] == ["gitprov", "tests"]
    loosened = [override["module"] for override in settings["overrides"]]
    assert loosened == [["gnupg"]]


@pytest.mark.parametrize("kind", ["unit", "integration", "conformance", "contract", "adversarial"])
def test_each_kind_of_test_is_there(kind: str) -> None:
    assert len(list((TESTS / kind).rglob("test_*.py"))) >= 4
