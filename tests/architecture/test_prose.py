"""What is in the files beside code: documentation, exceptions, leftovers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.errors import Code
from tests.support.source_tree import (
    PACKAGE,
    ROOT,
    modules,
    name_of,
    parsed,
    require_none,
    text_files,
)

pytestmark = pytest.mark.git  # git lists the files

# The brackets keep this file from naming what it forbids.
UNFINISHED = re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
ELSEWHERE = re.compile(
    r"/[w]ork/|\b[s]hared/(?:design|reference|vectors|seeds)|/tmp/[p]lan|[s]tyle-anchors"
    r"|\b[c]hapters? \d|py[p]i\.org|python[h]osted|[c]rates\.io|[n]pmjs|[r]ubygems"
    r"|proxy\.[g]olang"
)
UNNAMED = re.compile(r"#\s*(?:[n]oqa(?!: [A-Z]+\d)|type: [i]gnore(?!\[))")
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
CODE = re.compile(r"\b(?:GPV|HSK)-\d{3}-[A-Z]+(?:-[A-Z]+)*\b")


def public_parts(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, Documented]]:
    """Yield (name, definition) of what others may use: functions, classes, their methods."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield within + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_parts(node.body, f"{node.name}.")


def undocumented(path: Path) -> list[str]:
    """Name the module and its public definitions that have no docstring."""
    tree = parsed(path)
    bare = [name for name, node in public_parts(tree.body) if not ast.get_docstring(node)]
    if not ast.get_docstring(tree):
        bare.insert(0, "the module")
    return [f"{name_of(path)}: {name}" for name in bare]


def matches(pattern: re.Pattern[str]) -> list[str]:
    """Name every line of the project that matches."""
    return [
        f"{name}:{number} {line.strip()[:80]}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_everything_public_is_documented() -> None:
    require_none(place for path in modules(PACKAGE) for place in undocumented(path))


def test_nothing_is_left_to_be_done_later() -> None:
    require_none(matches(UNFINISHED))


def test_the_tree_stands_on_its_own() -> None:
    require_none(matches(ELSEWHERE))


def test_an_exception_from_a_rule_names_the_rule() -> None:
    require_none(matches(UNNAMED))


def test_every_code_is_documented_and_no_other() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (\S+)$", documented, flags=re.MULTILINE)
    assert sorted(sections) == sorted(code.value for code in Code)
    assert set(CODE.findall(documented)) == set(sections)


def test_no_document_speaks_of_a_code_that_is_not() -> None:
    known = {code.value for code in Code}
    require_none(
        f"{name}: {code}"
        for name, text in text_files()
        if name.startswith(("docs/", "README", "gitprov/", "hooks/", "templates/", "examples/"))
        for code in CODE.findall(text)
        if code not in known
    )


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        (UNFINISHED, "# TO" + "DO: later", True),
        (UNFINISHED, "AUTODOC", False),
        (ELSEWHERE, "see /wo" + "rk/notes", True),
        (ELSEWHERE, "https://py" + "pi.org/x", True),
        (ELSEWHERE, "as in cha" + "pter 2.8", True),
        (ELSEWHERE, "the framework/ folder of a network", False),
        (UNNAMED, "x = 1  # no" + "qa", True),
        (UNNAMED, "x = 1  # no" + "qa: S105 - a reason", False),
        (UNNAMED, "x = 1  # type: ig" + "nore", True),
        (UNNAMED, "x = 1  # type: ig" + "nore[arg-type]", False),
    ],
)
def test_the_patterns_find_what_they_forbid(
    pattern: re.Pattern[str], line: str, *, found: bool
) -> None:
    assert bool(pattern.search(line)) is found


def test_what_is_public_is_found() -> None:
    source = (
        "def a(): ...\ndef _b(): ...\nclass C:\n    def d(self): ...\n    def __len__(self): ..."
    )
    assert [name for name, _ in public_parts(ast.parse(source).body)] == ["a", "C", "C.d"]
