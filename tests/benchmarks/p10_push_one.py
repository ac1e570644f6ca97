"""A push of one entry to a large ledger on a server with the hook, against one without it."""

from __future__ import annotations

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.runner import script
from tests.benchmarks.serving import more, pushed, servers
from tests.benchmarks.world import Bench
from tests.support.git import Git
from tests.support.history import LEDGER

_RECORDS = (50_000, 1_000_000)
_BATCH = 10_000
_DAYS = 10
_MOST = 0.3


def measure(bench: Bench) -> list[Figure]:
    """Measure one push, several times."""
    records = bench.size(*_RECORDS)
    # The last entry holds one record, as the entry that is pushed.
    source = ledger(bench, Plan(records + 1, _BATCH, records // _DAYS))
    git = Git(source)
    tip, old = git("rev-parse", LEDGER), git("rev-parse", f"{LEDGER}~1")
    made = servers(source, bench.path / "p10", old)
    pair = pushed(made, LEDGER, old, tip, bench.size(10, 20))
    return [more(f"push of one entry to {records:,} records", pair, _MOST)]


ROW = Row("P10", "A push to a large ledger", measure)

if __name__ == "__main__":
    script(ROW)
