"""``gitprov record`` as a process: from the start of Python to a record that is durable.

Baseline: a Python that imports the three libraries which no such program can do without, and
one gpg process that signs. ``datalad run`` of an empty command is compared only where datalad
is installed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.benchmarks.building import Plan, new_ledger
from tests.benchmarks.figure import Figure, Row, seconds, times
from tests.benchmarks.measure import in_turn
from tests.benchmarks.p03_append import sign_bare
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench, program, run
from tests.support.cli_world import RUN
from tests.support.git import Git

_MOST = 1.5
_LIBRARIES = "import pygit2, pydantic, click"


def record(path: Path) -> None:
    """Record one run, which must land."""
    answer = run([*program(), "record", *RUN, "--strict"], path)
    if not answer.startswith(b"recorded "):
        raise RuntimeError(f"the record did not land: {answer.decode()}")


def measure(bench: Bench) -> list[Figure]:
    """Measure on a ledger of 1,000 records."""
    path = new_ledger(bench, Plan(1_000, per_entry=100), "process")

    def baseline() -> None:
        run([sys.executable, "-c", _LIBRARIES], path)
        sign_bare(bench.owner)

    pair = in_turn(baseline, lambda: record(path), times=bench.size(15, 60), warm=2)
    figure = Figure(
        "gitprov record, as a process",
        seconds(pair.seconds[1]),
        f'python -c "{_LIBRARIES}" and gpg: {seconds(pair.seconds[0])}',
        times(pair),
        f"at most {_MOST:g} times",
        pair.ratio <= _MOST,
    )
    return [figure, _against_datalad(bench, path)]


def _against_datalad(bench: Bench, path: Path) -> Figure:
    what, reach = "gitprov record against datalad run", "faster"
    if shutil.which("datalad") is None:
        return Figure(what, "", "", "datalad is not installed", reach, None)
    dataset = Git(bench.path).init(bench.path / "dataset").path
    home = bench.path / "datalad-home"  # it keeps sockets and a cache there
    home.mkdir()

    def datalad(*args: str) -> None:
        run(["datalad", *args], dataset, HOME=str(home))

    datalad("create", "--force", ".")
    pair = in_turn(lambda: datalad("run", "true"), lambda: record(path), times=5)
    other = f"datalad run true: {seconds(pair.seconds[0])}"
    return Figure(what, seconds(pair.seconds[1]), other, times(pair), reach, pair.ratio < 1)


ROW = Row("P5", "The record command", measure)

if __name__ == "__main__":
    script(ROW)
