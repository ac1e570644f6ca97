"""Names say what a thing is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.source_tree import PACKAGE, TESTS, modules, name_of, parsed, require_none

BANNED = frozenset(
    {"base", "common", "data", "handler", "helper", "helpers", "info"}
    | {"manager", "misc", "process", "stuff", "util", "utils"}
)
BANNED_PREFIXES = ("do_", "my_")


def words(name: str) -> set[str]:
    """Split a snake_case or CamelCase name into lower-case words."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def class_names() -> Iterator[tuple[str, str]]:
    """Yield (place, name) of every class in package and tests."""
    for path in (*modules(PACKAGE), *modules(TESTS)):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                yield f"{name_of(path)}:{node.lineno}", node.name


def test_no_file_has_an_empty_name() -> None:
    paths = (*modules(PACKAGE), *modules(TESTS))
    require_none(name_of(path) for path in paths if words(path.stem) & BANNED)


def test_no_class_has_an_empty_name() -> None:
    require_none(f"{place} {name}" for place, name in class_names() if words(name) & BANNED)


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for path in modules(PACKAGE):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(name_of(path))
    require_none(f"{name}: {', '.join(found)}" for name, found in places.items() if len(found) > 1)


def test_no_function_has_an_empty_name() -> None:
    require_none(
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in modules(PACKAGE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.name.lstrip("_").startswith(BANNED_PREFIXES) or node.name.lstrip("_") in BANNED)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RecordManager", {"record", "manager"}),
        ("string_utils", {"string", "utils"}),
        ("GPGHelper", {"gpg", "helper"}),
        ("Database", {"database"}),
    ],
)
def test_names_are_split_into_words(name: str, expected: set[str]) -> None:
    assert words(name) == expected
