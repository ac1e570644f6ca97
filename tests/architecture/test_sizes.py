"""Modules and functions stay small enough to be read at once."""

from __future__ import annotations

from tests.support.source_tree import PACKAGE, TESTS, functions, modules, name_of, require_none

MODULE_LINES = 400
FUNCTION_LINES = 50


def test_no_module_is_too_long() -> None:
    require_none(
        f"{name_of(path)}: {count} lines"
        for path in (*modules(PACKAGE), *modules(TESTS))
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    )


def test_no_function_is_too_long() -> None:
    require_none(
        f"{name_of(path)}:{node.lineno} {node.name}: {count} lines"
        for path in (*modules(PACKAGE), *modules(TESTS))
        for node in functions(path)
        if (count := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    )
