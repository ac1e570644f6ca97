"""Append many records at once, durable: through the API, and as a process that reads JSON lines.

Baseline: single appends through the same API, in turn with the batches. A batch lands in one
entry: each of its records is drafted, judged before the write and read back after it.
"""

from __future__ import annotations

import json

import gitprov
from tests.benchmarks.building import Plan, new_ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.measure import Pair, in_turn
from tests.benchmarks.p03_append import append
from tests.benchmarks.runner import script
from tests.benchmarks.samples import draft
from tests.benchmarks.world import Bench, program, run

_BATCH = 10_000
_SINGLE = 25
_RATE = 3_000


def append_batch(ledger: gitprov.Ledger) -> None:
    """Append one batch, all of which must land."""
    receipts = ledger.append_many([draft() for _ in range(_BATCH)])
    if {receipt.state for receipt in receipts} != {"recorded"}:
        raise RuntimeError("not every record of the batch landed")


def measure(bench: Bench) -> list[Figure]:
    """Measure both ways on a ledger of 1,000 records."""
    path = new_ledger(bench, Plan(1_000, per_entry=100), "batch")
    lines = "\n".join(json.dumps(draft()) for _ in range(_BATCH)).encode()
    with gitprov.open_ledger(path) as ledger:

        def singles() -> None:
            for _ in range(_SINGLE):
                append(ledger)

        api = in_turn(singles, lambda: append_batch(ledger), times=bench.size(3, 7))
        process = in_turn(
            singles,
            lambda: run([*program(), "record", "--batch", "--jsonl", "-"], path, lines),
            times=bench.size(3, 7),
            warm=0,
        )
    return [_figure("through the API", api), _figure("as a process", process)]


def _figure(how: str, pair: Pair) -> Figure:
    pair = pair.per(_SINGLE, _BATCH)
    single, batched = (1 / value for value in pair.seconds)
    return Figure(
        f"a batch of {_BATCH:,} records {how}",
        f"{batched:,.0f} records/s",
        f"single appends: {single:,.0f} records/s",
        f"{1 / pair.ratio:.0f} times as many",
        f"{_RATE:,} records/s",
        batched >= _RATE,
    )


ROW = Row("P4", "Append in a batch", measure)

if __name__ == "__main__":
    script(ROW)
