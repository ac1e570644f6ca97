"""Measures rows and prints them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tests.benchmarks.figure import Figure, Row, line
from tests.benchmarks.world import sealed

FULL = "--full"


def measured(rows: Iterable[Row], *, is_full: bool) -> Iterator[tuple[Row, list[Figure]]]:
    """Measure rows one after the other, printing every figure when it is there."""
    with sealed(is_full=is_full) as bench:
        for row in rows:
            figures = row.measure(bench)
            for figure in figures:
                print(line(row.name, figure), flush=True)
            yield row, figures


def script(row: Row) -> None:
    """Measure one row and print it: what each script does when it is started by itself."""
    unknown = set(sys.argv[1:]) - {FULL}
    if unknown:
        sys.exit(f"usage: python -m tests.benchmarks.<row> [{FULL}]")
    for _ in measured([row], is_full=FULL in sys.argv):
        pass
