"""The page of figures keeps what a run did not measure."""

from __future__ import annotations

from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.page import update


def row(name: str, ours: str) -> tuple[Row, list[Figure]]:
    figure = Figure("a thing", ours, "another", "1 time", "at most 2", met=True)
    return Row(name, "title", lambda _: []), [figure, figure]


def test_each_run_replaces_its_own_rows_only() -> None:
    page = update("", [row("P1", "old"), row("P10", "ten")], is_full=False)
    page = update(page, [row("P1", "whole")], is_full=True)
    page = update(page, [row("P1", "new"), row("P2", "two")], is_full=False)
    assert "old" not in page
    everyday, full = page.split("\n## Full sizes\n")
    rows = [line.split(" | ")[:3] for line in everyday.splitlines() if line.startswith("| P")]
    assert [(name.strip("| "), ours) for name, _, ours in rows] == [
        ("P1", "new"),
        ("P1", "new"),
        ("P2", "two"),
        ("P2", "two"),
        ("P10", "ten"),
        ("P10", "ten"),
    ]
    assert full.count("| whole |") == 2
