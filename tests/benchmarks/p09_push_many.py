"""A push of 1,000 single-run entries to a server with the hook, against one without it.

Both servers hold the ledger up to where the push begins; the same pack goes to one and the
other in turn.
"""

from __future__ import annotations

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.runner import script
from tests.benchmarks.serving import more, pushed, servers
from tests.benchmarks.world import Bench
from tests.support.git import Git
from tests.support.history import LEDGER

_ENTRIES = 1_000
_MOST = 1.0


def measure(bench: Bench) -> list[Figure]:
    """Measure one push, several times."""
    source = ledger(bench, Plan(_ENTRIES))
    git = Git(source)
    tip, old = git("rev-parse", LEDGER), git("rev-parse", f"{LEDGER}~{_ENTRIES}")
    made = servers(source, bench.path / "p09", old)
    pair = pushed(made, LEDGER, old, tip, bench.size(5, 20))
    return [more(f"push of {_ENTRIES:,} entries", pair, _MOST)]


ROW = Row("P9", "A push of many entries", measure)

if __name__ == "__main__":
    script(ROW)
