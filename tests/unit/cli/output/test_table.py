"""Tables fit the terminal and keep their columns."""

from __future__ import annotations

import pytest

from gitprov.cli.output.table import cut, table_lines, text_width

ROWS = [("01a1c506", "SUCCESS", "a" * 60), ("11111111", "FAILED", "b")]


def test_columns_are_aligned_and_the_last_is_not_padded() -> None:
    lines = table_lines(("ID", "STATUS", "AGENT"), ROWS, None)
    assert lines == [
        "ID        STATUS   AGENT",
        "01a1c506  SUCCESS  " + "a" * 60,
        "11111111  FAILED   b",
    ]


@pytest.mark.parametrize("width", [30, 40, 60, 79, 80])
def test_a_table_fits_the_terminal(width: int) -> None:
    lines = table_lines(("ID", "STATUS", "AGENT"), ROWS, width)
    assert max(map(text_width, lines)) <= width
    assert lines[1].endswith("..." if width < 79 else "a")


def test_a_terminal_too_narrow_still_shows_something() -> None:
    lines = table_lines(("ID", "STATUS", "AGENT"), ROWS, 3)
    assert lines[1] == "01a1c506  SUCCESS  aaaaa..."


def test_no_row_leaves_the_headers() -> None:
    assert table_lines(("ID", "AGENT"), [], 80) == ["ID  AGENT"]


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("\u4f60\u597d", 4), ("e\u0301", 1), ("\U0001f600", 2), ("", 0)],
)
def test_the_width_of_a_text_is_what_a_terminal_shows(text: str, width: int) -> None:
    assert text_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc..."),
        ("\u4f60\u597d\u4f60\u597d", 7, "\u4f60\u597d..."),
        ("\u4f60\u597d\u4f60\u597d", 6, "\u4f60..."),
        ("abcdef", 2, ".."),
    ],
)
def test_a_text_is_cut_by_what_a_terminal_shows(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected
    assert text_width(cut(text, width)) <= width
