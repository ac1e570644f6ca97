"""Measures the rows named, or all of them, and writes docs/benchmarks.md for all of them.

python -m tests.benchmarks [--full] [P1 P3 ...]
"""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime

from tests.benchmarks import (
    p01_verify,
    p02_memory,
    p03_append,
    p04_batch,
    p05_record_cold,
    p07_help,
    p08_growth,
    p09_push_many,
    p10_push_one,
    p10b_push_code,
    p11_writers,
    p12_pushers,
    p13_size,
)
from tests.benchmarks.figure import Figure, Row, verdict
from tests.benchmarks.runner import FULL, measured
from tests.support.source_tree import ROOT

_MODULES = (
    p01_verify,
    p02_memory,
    p03_append,
    p04_batch,
    p05_record_cold,
    p07_help,
    p08_growth,
    p09_push_many,
    p10_push_one,
    p10b_push_code,
    p11_writers,
    p12_pushers,
    p13_size,
)
ROWS: dict[str, Row] = {module.ROW.name: module.ROW for module in _MODULES}
PAGE = ROOT / "docs" / "benchmarks.md"


def page(results: list[tuple[Row, list[Figure]]], *, is_full: bool) -> str:
    """Render what was measured as a document."""
    today = datetime.now(UTC).date().isoformat()
    size = "full sizes" if is_full else "the sizes of `make bench`"
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {today} at {size}, {platform.machine()}, Python {platform.python_version()}.",
        "Every figure stands beside its baseline of the same run, since machines differ.",
        "`make bench` writes this page.",
        "",
        "| row | what | gitprov | baseline | ratio | reach | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, figures in results:
        for f in figures:
            cells = (row.name, f.what, f.ours, f.baseline, f.ratio, f.reach, verdict(f))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Measure; returns the exit code."""
    names = [name for name in arguments if name != FULL]
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        print(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    rows = [ROWS[name] for name in names or ROWS]
    results = list(measured(rows, is_full=FULL in arguments))
    if not names:
        PAGE.write_text(page(results, is_full=FULL in arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
