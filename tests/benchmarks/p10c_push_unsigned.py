"""A push that no listed key signed, to a small ledger and to a large one, both with the hook.

Nobody without a key may make the hook read the ledger: the cost must not follow its size. The
commits are on the server before, on a branch: to pack and unpack the whole tree of a root without
parents is the work of Git and of whoever sends it, with or without a hook.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row, seconds, times
from tests.benchmarks.measure import in_turn
from tests.benchmarks.runner import script
from tests.benchmarks.serving import servers
from tests.benchmarks.world import Bench
from tests.support.git import Git
from tests.support.history import LEDGER

_RECORDS = (50_000, 1_000_000)
_SMALL = 1_000
_BATCH = 10_000
_MOST = 1.3

Push = Callable[[], None]


def forged(source: Path) -> dict[str, str]:
    """Make unsigned commits of each kind that once made the hook list the ledger."""
    git = Git(source)
    tip, tree = git("rev-parse", LEDGER), git("rev-parse", f"{LEDGER}^{{tree}}")
    root = git("commit-tree", "-m", "x\n\nGitprov-Height: 0\n", tree)
    return {
        "an unsigned entry": git("commit-tree", "-p", tip, "-m", "x", tree),
        "an unsigned root": root,
        "a merge with an unsigned root": git("commit-tree", "-p", tip, "-p", root, "-m", "x", tree),
    }


def measure(bench: Bench) -> list[Figure]:
    """Measure each kind of push, on both ledgers in turn."""
    large = bench.size(*_RECORDS)
    sources = {size: ledger(bench, Plan(size, min(_BATCH, size))) for size in (_SMALL, large)}
    pushes = {size: _pushes(bench, size, source) for size, source in sources.items()}
    figures = []
    for what in pushes[_SMALL]:
        pair = in_turn(pushes[_SMALL][what], pushes[large][what], times=bench.size(7, 15))
        small, big = pair.seconds
        figures.append(
            Figure(
                f"{what} to {large:,} records",
                seconds(big),
                f"to {_SMALL:,} records: {seconds(small)}",
                times(pair),
                f"at most {_MOST:g} times",
                pair.ratio <= _MOST,
            )
        )
    return figures


def _pushes(bench: Bench, size: int, source: Path) -> dict[str, Push]:
    git = Git(source)
    made = servers(source, bench.path / f"p10c-{size}", git("rev-parse", LEDGER))

    def pushing(oid: str) -> Push:
        def push() -> None:
            done = git.attempt("push", "--quiet", "--", str(made.hooked), f"+{oid}:{LEDGER}")
            if done.returncode == 0:
                raise RuntimeError("the hook let a forged entry in")

        return push

    commits = forged(source)
    for number, oid in enumerate(commits.values()):
        git("push", "--quiet", "--", str(made.hooked), f"{oid}:refs/heads/forged-{number}")
    return {what: pushing(oid) for what, oid in commits.items()}


ROW = Row("P10c", "A push that no listed key signed", measure)

if __name__ == "__main__":
    script(ROW)
