"""Runs a soak: rounds of writing and trouble, with a check after each and one of all at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.soak.checks import git, lost, out_of_order, read_ledger, verified
from tests.soak.crew import Crew, adopt_orphans, fork
from tests.soak.journal import Promise, read_promises
from tests.soak.pusher import Pusher
from tests.soak.reader import watch
from tests.soak.rivalry import broken_promises
from tests.soak.troubles import Troubles
from tests.soak.world import SoakWorld
from tests.soak.writer import Writer
from tests.support.faults import LEDGER

_ROUND = 60.0
_TICK = 0.01
_RUN = ("--agent", "after", "--actor", "human", "--status", "SUCCESS", "--before", "A")


class SoakFailedError(Exception):
    """Something happened that must never happen."""


@dataclass(frozen=True)
class Summary:
    """What a soak did."""

    seed: int
    seconds: float
    acknowledged: int
    kills: int
    troubles: dict[str, int]
    lost: int
    twice: int

    def line(self) -> str:
        """Say it in one line."""
        listed = ", ".join(f"{count} {name}" for name, count in sorted(self.troubles.items()))
        return (
            f"soak: seed {self.seed}, {self.seconds:.0f} s, {self.acknowledged} acknowledged,"
            f" {self.kills} kills, {listed or 'no other trouble'},"
            f" {self.lost} lost, {self.twice} twice"
        )


class Soak:
    """One soak.

    Args:
        world: where it happens.
        writers: how many at a time.
        pushers: how many, each with a clone.
    """

    def __init__(self, world: SoakWorld, writers: int, pushers: int) -> None:
        def live(slot: int, life: int) -> None:
            if slot < writers:
                Writer(world, slot, life).run()
            else:
                Pusher(world, slot - writers, life).run()

        self._world = world
        self._pushers = pushers
        self._crew = Crew(world, live, writers + pushers)
        chance = Random(f"{world.seed} troubles")
        self._troubles = Troubles(world, self._crew, writers, chance)
        self._written = 0.0
        self._old_tip = world.tip()

    def run(self, seconds: float) -> Summary:
        """Write for so long, check, and say what was done.

        Raises:
            SoakFailedError: with everything that was found wrong.
        """
        adopt_orphans()
        started = time.monotonic()
        rounds = max(1, round(seconds / _ROUND))
        try:
            for _ in range(rounds):
                self._round(seconds / rounds)
                self._check_quiet()
        finally:
            self._crew.destroy()
        promises = self._check_all()
        found = {run_id for promise in promises for run_id in promise.run_ids}
        count = dict(self._troubles.count)
        spent = time.monotonic() - started
        return Summary(self._world.seed, spent, len(found), self._crew.kills, count, 0, 0)

    def _round(self, seconds: float) -> None:
        self._world.stop.unlink(missing_ok=True)
        fork(self._world, lambda: watch(self._world))
        before = time.monotonic()
        while (past := time.monotonic() - before) < seconds and not self._world.accused():
            self._crew.keep_up()
            self._troubles.cause(self._written + past)
            time.sleep(_TICK)
        self._written += seconds
        self._world.stop.touch()
        self._troubles.end()
        self._crew.settle()

    def _check_quiet(self) -> None:
        """Nothing is wrong any more, so everything that waits must land, without a human."""
        world = self._world
        self._program(world.repo, "flush", may_warn=True)  # of poison that is set aside now
        self._program(world.repo, "flush")
        self._program(world.repo, "record", *_RUN, "--after", "B", "--strict")
        for number in range(self._pushers):
            self._program(world.clone(number), "flush")
            self._program(world.clone(number), "push")
        spool = (world.repo / ".git/gitprov/spool").rglob("*.yaml")
        waiting = [p.name for p in spool if "set-aside" not in p.parts or "poison" not in p.name]
        if waiting:
            world.accuse(f"still in the spool: {waiting[:20]}")
        tip = world.tip()
        chain = git(world.repo, "rev-list", "--first-parent", LEDGER).split()
        if self._old_tip not in chain:
            world.accuse(f"the tip went from {self._old_tip} to {tip}, which does not contain it")
        self._old_tip = tip
        self._require_innocence()

    def _check_all(self) -> list[Promise]:
        world = self._world
        promises = []
        for journals, path in ((world.journals, world.repo), (world.server_journals, world.server)):
            promised = list(read_promises(journals))
            for text in wrong_with(path, promised):
                world.accuse(f"{path.name}: {text}")
            promises += promised
        for text in broken_promises(world):
            world.accuse(text)
        for path in [world.repo, *map(world.clone, range(self._pushers))]:
            if text := verified(path):
                world.accuse(f"{path.name}: {text}")
        self._require_innocence()
        return promises

    def _program(self, path: Path, *args: str, may_warn: bool = False) -> None:
        """Run a command that must succeed now."""
        argv = [sys.executable, "-m", "gitprov", *args, "--json"]
        done = subprocess.run(argv, cwd=path, capture_output=True, check=False)
        said = done.stdout.decode() + done.stderr.decode()
        warned = json.loads(done.stdout or b"{}").get("warnings")
        if done.returncode or (warned and not may_warn):
            self._world.accuse(f"gitprov {' '.join(args)} ended with {done.returncode}: {said}")

    def _require_innocence(self) -> None:
        if text := self._world.accused():
            raise SoakFailedError(text)


def wrong_with(path: Path, promises: Sequence[Promise]) -> Iterator[str]:
    """Yield whatever a repository has lost, doubled, changed, put out of order or broken."""
    found = read_ledger(path)
    yield from (f"lost: {run_id}" for run_id in lost(found, promises))
    yield from (f"twice: {run_id}" for run_id in found.twice)
    yield from (f"changed: {line}" for line in found.others)
    yield from out_of_order(found, promises)
    try:
        git(path, "fsck", "--strict", "--no-dangling", "--no-progress")
    except AssertionError as reason:
        yield str(reason)
