"""The cost of one append to a large ledger against one to a small ledger.

Both are built in batches with the ids of ten days, and packed by git as it would do by itself.
Then single records are appended through the API to one and the other in turn: once with a
ledger that stays open and remembers the trees of its last entry, once opened for each append,
once by a process for each.
"""

from __future__ import annotations

from pathlib import Path

import gitprov
from tests.benchmarks.building import Plan, copied_ledger, new_ledger
from tests.benchmarks.figure import Figure, Row, seconds, times
from tests.benchmarks.measure import Pair, in_turn
from tests.benchmarks.p03_append import append
from tests.benchmarks.p05_record_cold import record
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench

_SMALL = 1_000
_LARGE = (50_000, 1_000_000)
_DAYS = 10
_BATCH = 10_000
_MOST = 1.3


def append_cold(path: Path) -> None:
    """Open a ledger and append to it."""
    with gitprov.open_ledger(path) as ledger:
        append(ledger)


def measure(bench: Bench) -> list[Figure]:
    """Measure with an open ledger, and with one that is opened again."""
    large = bench.size(*_LARGE)
    per_day = large // _DAYS
    paths = [
        new_ledger(bench, Plan(_SMALL, _SMALL, per_day), f"growth-{_SMALL}"),
        copied_ledger(bench, Plan(large + 1, _BATCH, per_day), f"growth-{large}"),
    ]
    count = bench.size(40, 200)
    with gitprov.open_ledger(paths[0]) as small, gitprov.open_ledger(paths[1]) as big:
        warm = in_turn(lambda: append(small), lambda: append(big), times=count, warm=3)
    cold = in_turn(
        lambda: append_cold(paths[0]), lambda: append_cold(paths[1]), times=count, warm=3
    )
    processes = in_turn(lambda: record(paths[0]), lambda: record(paths[1]), times=count, warm=3)
    return [
        _figure("open ledger", large, warm),
        _figure("opened again", large, cold),
        _figure("as a process", large, processes),
    ]


def _figure(how: str, large: int, pair: Pair) -> Figure:
    return Figure(
        f"append to {large:,} records, {how}",
        seconds(pair.seconds[1]),
        f"to {_SMALL:,} records: {seconds(pair.seconds[0])}",
        times(pair),
        f"at most {_MOST:g} times",
        pair.ratio <= _MOST,
    )


ROW = Row("P8", "Growth of the cost of an append", measure)

if __name__ == "__main__":
    script(ROW)
