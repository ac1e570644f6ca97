"""A table of the log gives up columns before it cuts cells, and comes page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitprov.cli.output import log_table
from gitprov.cli.output.log_table import fitting, print_pages, title

COLUMNS = ("run_id", "actor_kind", "code_commits", "entry")
ROW = {"run_id": "r" * 10, "actor_kind": "HUMAN", "code_commits": "c" * 12, "entry": "e" * 12}


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (None, COLUMNS),
        (200, COLUMNS),
        (45, COLUMNS),
        (44, ("run_id", "actor_kind", "code_commits")),
        (31, ("run_id", "actor_kind", "code_commits")),
        (30, ("run_id", "actor_kind")),
        (16, ("run_id",)),
        (1, ("run_id",)),
    ],
)
def test_columns_give_way_in_their_order(width: int | None, kept: tuple[str, ...]) -> None:
    assert fitting(COLUMNS, [ROW], width) == list(kept)


def test_columns_that_are_not_there_give_nothing_up() -> None:
    assert fitting(("run_id",), [ROW], 3) == ["run_id"]


def test_wide_letters_and_escapes_count_as_they_are_shown() -> None:
    row = {"run_id": "漢字", "entry": "\x1b"}
    assert fitting(("run_id", "entry"), [row], 12) == ["run_id", "entry"]
    assert fitting(("run_id", "entry"), [row], 11) == ["run_id"]


def test_titles_are_short() -> None:
    assert [title(name) for name in ("run_id", "finished_at", "about")] == [
        "RUN",
        "FINISHED",
        "ABOUT",
    ]


def test_pages_share_one_head_and_are_read_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log_table, "_PAGE", 2)
    print_pages(("a",), ({"a": str(number)} for number in range(5)))
    assert capsys.readouterr().out.splitlines() == ["A", "0", "1", "2", "3", "4"]


def test_no_rows_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_pages(("a",), iter([]))
    assert capsys.readouterr().out == ""


def test_rows_are_not_read_once_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_table, "_PAGE", 1)
    tried: list[str] = []

    def out(line: str) -> bool:
        tried.append(line)
        return False

    def rows() -> Iterator[dict[str, str]]:
        yield {"a": "1"}
        raise AssertionError

    monkeypatch.setattr(log_table, "out", out)
    print_pages(("a",), rows())
    assert tried == ["A"]
