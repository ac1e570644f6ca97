"""Bytes on disk for one record, after ``git gc``: packs, their indexes, everything below objects.

A record of the benchmark has one input, one output and random digests and ids, some 900 bytes
of text. What cannot be compressed of it is about 180 bytes; a signature is 64 more.
"""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench

_RECORDS = (10_000, 100_000)
_BATCH = 100
_MOST = {1: 1600, _BATCH: 800}


def bytes_below(folder: Path) -> int:
    """Add up the sizes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(bench: Bench) -> list[Figure]:
    """Measure single-run entries and entries of 100 runs."""
    records = bench.size(*_RECORDS)
    figures = []
    for per_entry, most in _MOST.items():
        path = ledger(bench, Plan(records, per_entry))
        each = bytes_below(path / ".git" / "objects") / records
        reach = f"at most {most / 1000:g} kB"
        what = f"{records:,} records, {per_entry} an entry"
        met = each <= most
        figures.append(Figure(what, f"{each:,.0f} bytes a record", "", "", reach, met))
    return figures


ROW = Row("P13", "Size", measure)

if __name__ == "__main__":
    script(ROW)
