"""Measures the rows named, or all of them, and puts them into docs/benchmarks.md.

python -m tests.benchmarks [--full] [P1 P3 ...]
"""

from __future__ import annotations

import sys
from importlib import import_module

from tests.benchmarks.figure import Row
from tests.benchmarks.page import PAGE, update
from tests.benchmarks.runner import FULL, measured

_SCRIPTS = (
    "p01_verify",
    "p01b_one_core",
    "p02_memory",
    "p03_append",
    "p04_batch",
    "p05_record_cold",
    "p07_help",
    "p08_growth",
    "p09_push_many",
    "p10_push_one",
    "p10b_push_code",
    "p10c_push_unsigned",
    "p11_writers",
    "p12_pushers",
    "p13_size",
)
_MODULES = (import_module(f"tests.benchmarks.{name}") for name in _SCRIPTS)
ROWS: dict[str, Row] = {module.ROW.name: module.ROW for module in _MODULES}


def main(arguments: list[str]) -> int:
    """Measure; returns the exit code."""
    names = [name for name in arguments if name != FULL]
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        print(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    rows = [ROWS[name] for name in names or ROWS]
    is_full = FULL in arguments
    for measured_row in measured(rows, is_full=is_full):
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(update(before, [measured_row], is_full=is_full), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
