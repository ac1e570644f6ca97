"""The most memory that a verification takes, in any one of its processes (``ru_maxrss``).

It counts pages that the processes share with each other and with the page cache, so it says
more than verification really needs. Reading a small and a large ledger shows what grows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench, program, run

_MOST_MIB = 300
_SMALL = (2_000, 20_000)
_LARGE = (10_000, 100_000)
# Topology and repeat finder need some 60 bytes an entry, which is not a parsed entry.
_GROWTH_PER_ENTRY = 1024
_WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(path: Path, jobs: int) -> int:
    """Verify; return the most bytes that one process of it had in memory.

    A small program is in between: a process begins with the peak of whoever started it.
    """
    command = [*program(), "verify", "--jobs", str(jobs)]
    return int(run([sys.executable, "-c", _WATCH, *command], path)) * 1024


def measure(bench: Bench) -> list[Figure]:
    """Measure at two sizes, with one process and with the default number."""
    sizes = (bench.size(*_SMALL), bench.size(*_LARGE))
    paths = [ledger(bench, Plan(size)) for size in sizes]
    figures = []
    for jobs in sorted({os.cpu_count() or 1, 1}, reverse=True):
        small, large = (peak(path, jobs) for path in paths)
        growth = (large - small) / (sizes[1] - sizes[0])
        # Below some 24 MB a pack is mapped whole, and so counts; that ends before 20,000 entries.
        is_flat = growth < _GROWTH_PER_ENTRY or not bench.is_full
        figures.append(
            Figure(
                f"peak memory of verify, {sizes[1]:,} entries, processes: {jobs}",
                f"{large / 2**20:.0f} MiB",
                f"the same, {sizes[0]:,} entries: {small / 2**20:.0f} MiB",
                f"{growth:+.0f} bytes an entry",
                f"below {_MOST_MIB} MiB" + (", and flat" if bench.is_full else ""),
                large < _MOST_MIB * 2**20 and is_flat,
            )
        )
    return figures


ROW = Row("P2", "Memory of verification", measure)

if __name__ == "__main__":
    script(ROW)
