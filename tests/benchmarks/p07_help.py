"""``gitprov --help`` as a process, started as a console script and as a module.

Baseline: the same Python with nothing to do. The reach is a difference, so a slow machine
makes it harder to reach.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.figure import Figure, Row, seconds
from tests.benchmarks.measure import in_turn
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench, run

_MOST = 0.060


def measure(bench: Bench) -> list[Figure]:
    """Measure every way of starting that is there."""
    installed = Path(sys.executable).with_name("gitprov")
    ways = {"python -m gitprov": [sys.executable, "-m", "gitprov"]}
    if installed.exists():
        ways = {"gitprov": [str(installed)], **ways}
    return [_measure(bench, name, command) for name, command in ways.items()]


def _measure(bench: Bench, name: str, command: list[str]) -> Figure:
    pair = in_turn(
        lambda: run([sys.executable, "-c", "pass"], bench.path),
        lambda: run([*command, "--help"], bench.path),
        times=bench.size(40, 200),
        warm=2,
    )
    baseline, ours = pair.seconds
    return Figure(
        f"{name} --help",
        seconds(ours),
        f"python -c pass: {seconds(baseline)}",
        f"{seconds(ours - baseline)} more",
        f"at most {seconds(_MOST)} more",
        ours - baseline <= _MOST,
    )


ROW = Row("P7", "Help", measure)

if __name__ == "__main__":
    script(ROW)
