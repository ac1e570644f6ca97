"""A push of code refs only, to a server with the hook, against one without it."""

from __future__ import annotations

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.runner import script
from tests.benchmarks.serving import more, pushed, servers
from tests.benchmarks.world import Bench
from tests.support.git import Git
from tests.support.history import LEDGER

_MOST = 0.01


def measure(bench: Bench) -> list[Figure]:
    """Measure the push of one branch, many times."""
    source = ledger(bench, Plan(0))
    git = Git(source)
    git("commit", "--quiet", "--allow-empty", "-m", "code")
    commit = git("rev-parse", "HEAD")
    made = servers(source, bench.path / "p10b", git("rev-parse", LEDGER))
    pair = pushed(made, "refs/heads/main", None, commit, bench.size(30, 100))
    return [more("push of one branch", pair, _MOST)]


ROW = Row("P10b", "A push of code", measure)

if __name__ == "__main__":
    script(ROW)
