"""Many processes append to one ledger at once, record by record, through the API.

Baseline: one process that does the same alone. The clock runs from the moment all of them are
ready. Afterwards every record must be on the ledger once, nothing may wait in the spool, and
the ledger must verify.
"""

from __future__ import annotations

from pathlib import Path

import gitprov
from tests.benchmarks.building import Plan, new_ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.measure import Pair
from tests.benchmarks.runner import script
from tests.benchmarks.together import pairs_of, work_together
from tests.benchmarks.world import Bench, run

_WRITERS = 16
_RECORDS = 1_000
_ALONE = 200
_REF = "refs/gitprov/ledger"
_WRITER = "tests.benchmarks.writer"


def write_together(path: Path, writers: int, records: int) -> tuple[float, set[str]]:
    """Let so many processes append so many records; return the seconds and the run ids."""
    seconds, outputs = work_together(_WRITER, [path] * writers, records)
    return seconds, {run_id for run_id, _ in pairs_of(outputs)}


def lost(path: Path, written: set[str]) -> int:
    """Count the records that are not on the ledger; it must verify, and nothing may wait."""
    names = run(["git", "ls-tree", "-r", "--name-only", _REF, "runs"], path).decode().split()
    on_ledger = {name.rpartition("/")[2].removesuffix(".yaml") for name in names}
    with gitprov.open_ledger(path) as ledger:
        report = ledger.verify()
    waiting = list((path / ".git" / "gitprov" / "spool").rglob("*.yaml"))
    if report.verdict != "pass" or waiting:
        raise RuntimeError(f"verify says {report.verdict}, {len(waiting)} files wait")
    return len(written - on_ledger)


def measure(bench: Bench) -> list[Figure]:
    """Measure one writer and many in turn, each repetition on one more ledger."""
    path = new_ledger(bench, Plan(1_000, per_entry=100), "writers")
    alone: list[float] = []
    together: list[float] = []
    written: set[str] = set()
    for _ in range(bench.size(2, 5)):
        for times, writers, records in (
            (alone, 1, _ALONE),
            (together, _WRITERS, _RECORDS),
        ):
            seconds, ids = write_together(path, writers, records)
            times.append(seconds / records)
            written |= ids
    missing = lost(path, written)
    pair = Pair(tuple(alone), tuple(together))
    one, many = (1 / value for value in pair.seconds)
    return [
        Figure(
            f"{_WRITERS} writers, {_RECORDS:,} records",
            f"{many:,.0f} records/s, {missing} lost",
            f"one writer: {one:,.0f} records/s",
            f"{1 / pair.ratio:.2f} times as many",
            "0 lost, at least as many as one writer",
            missing == 0 and many >= one,
        )
    ]


ROW = Row("P11", "Many local writers", measure)

if __name__ == "__main__":
    script(ROW)
