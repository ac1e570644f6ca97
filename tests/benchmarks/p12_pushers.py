"""Many clones record and push to one server with the hook, each record in a push of its own.

Baseline: one clone that does the same alone. The clock runs from the moment all of them are
ready. Afterwards every record must be on the server's ledger, which must verify.

At full size also with 50 pushers far away. The distance is put in by the programs that git
starts on the server's side (git config remote.origin.uploadpack and receivepack), which wait
before they begin: 0.3 s for every connection, about three round trips of 100 ms. Both ends run
on this machine, so its processors are shared by all pushers and the server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figure import Figure, Row
from tests.benchmarks.measure import Pair
from tests.benchmarks.runner import script
from tests.benchmarks.together import pairs_of, work_together
from tests.benchmarks.world import Bench, program, run
from tests.support.git import Git
from tests.support.history import LEDGER
from tests.support.hooked_remote import HookedRemote

_PUSHER = "tests.benchmarks.pusher"
_RECORDS = 200
_ALONE = 10
_FAR = 0.3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pushers did.

    Args:
        seconds: how long it took them all.
        runs: the run ids.
        attempts: attempts of each push.
    """

    seconds: float
    runs: set[str]
    attempts: list[int]


def new_server(bench: Bench, name: str) -> HookedRemote:
    """Make a server with the hook and a ledger that holds the genesis."""
    source = bench.repository(f"{name}-source")
    Git(source).commit({"README": "hello\n"})
    server = HookedRemote.make(bench.path / f"{name}.git")
    run(["git", "push", "--quiet", str(server.path), "main", LEDGER], source)
    return server


def clone(bench: Bench, server: HookedRemote, name: str, delay: float) -> Path:
    """Clone it as a member of a team would have it."""
    path = bench.path / name
    run(["git", "clone", "--quiet", str(server.path), str(path)], bench.path)
    git = Git(path)
    git("config", "gitprov.genesis", server.git("rev-list", "--max-parents=0", LEDGER))
    git("config", "gitprov.key", bench.owner)
    run([*program(), "pull"], path)
    for side in ("upload", "receive") if delay else ():
        wrapper = bench.path / f"{name}-{side}"
        wrapper.write_text(f'#!/bin/sh\nsleep {delay}\nexec git-{side}-pack "$@"\n')
        wrapper.chmod(0o755)
        git("config", f"remote.origin.{side}pack", str(wrapper))
    return path


def push_together(clones: list[Path], records: int) -> Outcome:
    """Let every clone record and push its share."""
    seconds, outputs = work_together(_PUSHER, clones, records)
    done = pairs_of(outputs)
    return Outcome(seconds, {run_id for run_id, _ in done}, [attempts for _, attempts in done])


def lost(server: HookedRemote, written: set[str]) -> int:
    """Count the records that are not on the server's ledger, which must verify."""
    names = server.git("ls-tree", "-r", "--name-only", LEDGER, "runs").split()
    there = {name.rpartition("/")[2].removesuffix(".yaml") for name in names}
    report = json.loads(run([*program(), "verify", "--json"], server.path))
    if report["verdict"] != "pass":
        raise RuntimeError(f"verify says {report['verdict']}")
    return len(written - there)


def compare(bench: Bench, pushers: int, records: int, delay: float) -> Figure:
    """Measure one pusher, then many, at one server."""
    name = f"p12-{pushers}"
    server = new_server(bench, name)
    clones = [clone(bench, server, f"{name}-{n}", delay) for n in range(pushers)]
    alone = push_together(clones[:1], _ALONE)
    many = push_together(clones, records)
    missing = lost(server, alone.runs | many.runs)
    pair = Pair((alone.seconds / _ALONE,), (many.seconds / records,))
    one, together = (1 / value for value in pair.seconds)
    mean = sum(many.attempts) / len(many.attempts)
    tries = f"{mean:.1f} attempts on average, {max(many.attempts)} at most"
    far = f", {delay:g} s away" if delay else ""
    return Figure(
        f"{pushers} pushers{far}, {records:,} records",
        f"{together:.1f} pushes/s, {missing} lost; {tries}",
        f"one pusher: {one:.1f} pushes/s",
        f"{1 / pair.ratio:.2f} times as many",
        "0 lost, all land",
        missing == 0 and len(many.runs) == records,
    )


def measure(bench: Bench) -> list[Figure]:
    """Measure 8 pushers near, and at full size 50 far away."""
    figures = [compare(bench, 8, bench.size(40, _RECORDS), 0.0)]
    if bench.is_full:
        figures.append(compare(bench, 50, _RECORDS, _FAR))
    return figures


ROW = Row("P12", "Many pushers to one server", measure)

if __name__ == "__main__":
    script(ROW)
