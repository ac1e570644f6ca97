"""Sheets are harmless wherever they are opened: no formula, no HTML, no Markdown of others."""

from __future__ import annotations

import csv
import io

import pytest

from gitprov.cli.output.sheet import csv_line, markdown_line, print_csv, print_markdown


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\\u0009x"),
        ("\rx", "'\\u000dx"),
        ("a=b", "a=b"),
        ("", ""),
        (7, "7"),
        ("\x1b[31m", "\\u001b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("Ünï 😀", "Ünï 😀"),
    ],
)
def test_x_16_a_cell_of_csv_is_no_formula_and_steers_nothing(cell: object, expected: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_line([cell, "x"])))
    assert row == [expected, "x"]


def test_quotes_commas_and_line_feeds_stay_within_their_cell() -> None:
    line = csv_line(['a"b', "c,d", "e\nf"])
    assert "\n" not in line
    (row,) = csv.reader(io.StringIO(line))
    assert row == ['a"b', "c,d", "e\\u000af"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a|b", "a\\|b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a & b", "a &amp; b"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("`code` *b* ~s~", "\\`code\\` \\*b\\* \\~s\\~"),
        ("back\\slash", "back\\\\slash"),
        ("two\nlines", "two\\\\u000alines"),
        ("4_DOCUMENTS", "4_DOCUMENTS"),
        ("\x1b[2J", "\\\\u001b\\[2J"),
    ],
)
def test_x_16_a_cell_of_markdown_is_plain_text(cell: str, expected: str) -> None:
    assert markdown_line([cell]) == f"| {expected} |"


def test_sheets_are_printed_with_their_heads(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv(["a", "b"], iter([["1", "2"]]))
    print_markdown(["a", "b"], iter([["1", "2"], ["3", "4"]]))
    assert capsys.readouterr().out.splitlines() == [
        "a,b",
        "1,2",
        "| a | b |",
        "| --- | --- |",
        "| 1 | 2 |",
        "| 3 | 4 |",
    ]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_nothing_is_read_once_nobody_reads_any_more(
    monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    printed: list[str] = []

    def out(line: str) -> bool:
        printed.append(line)
        return len(printed) <= after

    def rows() -> object:
        yield ["1"]
        yield ["2"]
        raise AssertionError

    monkeypatch.setattr("gitprov.cli.output.sheet.out", out)
    print_csv(["a"], rows())  # type: ignore[arg-type]  # rows that must not all be read
    assert len(printed) == after + 1
    printed.clear()
    print_markdown(["a"], rows())  # type: ignore[arg-type]  # as above
    assert len(printed) == after + 1
