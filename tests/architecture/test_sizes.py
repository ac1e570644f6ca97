"""Modules and functions stay small enough to be read at once."""

from __future__ import annotations

from tests.support.source_tree import PACKAGE, TESTS, functions, modules, name_of

MODULE_LINES = 400
FUNCTION_LINES = 50


def test_no_module_is_too_long() -> None:
    long = {
        name_of(path): count
        for path in (*modules(PACKAGE), *modules(TESTS))
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": count
        for path in (*modules(PACKAGE), *modules(TESTS))
        for node in functions(path)
        if (count := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}
