"""The log as a table that fits the terminal, printed page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from gitprov.cli.output.render import out
from gitprov.cli.output.streams import terminal_width
from gitprov.cli.output.table import table_lines, text_width
from gitprov.present.text import safe

OPTIONAL: Final = ("entry", "code_commits", "actor_kind")
"""Columns that give way, in this order, where the terminal is too narrow for all."""

_PAGE = 500
_GAP = 2
_TITLES = {
    "run_id": "RUN",
    "run_status": "STATUS",
    "agent_name": "AGENT",
    "actor_kind": "ACTOR",
    "finished_at": "FINISHED",
    "recorded_at": "RECORDED",
    "code_commits": "COMMIT",
}

Cells = Mapping[str, str]


def print_pages(columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Print a table; a large ledger shows its newest runs at once.

    Args:
        columns: names of cells, in their order.
        rows: the cells of each line.
    """
    kept: Sequence[str] | None = None
    for page in _pages(rows):
        width = terminal_width()
        first = kept is None
        kept = fitting(columns, page, width) if kept is None else kept
        lines = table_lines(
            [title(name) for name in kept],
            [[safe(row[name]) for name in kept] for row in page],
            width,
        )
        if not all(map(out, lines if first else lines[1:])):
            return


def fitting(columns: Sequence[str], rows: Sequence[Cells], width: int | None) -> list[str]:
    """Leave out optional columns until the others fit without being cut."""
    kept = list(columns)
    if width is None:
        return kept
    widths = {
        name: max([len(title(name)), *(text_width(safe(row[name])) for row in rows)])
        for name in columns
    }
    for name in OPTIONAL:
        if sum(widths[each] + _GAP for each in kept) - _GAP <= width:
            break
        if name in kept:
            kept.remove(name)
    return kept


def title(column: str) -> str:
    """Head a column."""
    return _TITLES.get(column, column.upper())


def _pages(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    left = iter(rows)
    while page := list(islice(left, _PAGE)):
        yield page
