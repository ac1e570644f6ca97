"""Runs a soak: rounds of writing and trouble, with a check after each and one of all at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.soak.checks import git, lost, out_of_order, read_ledger, verified
from tests.soak.crew import Crew, adopt_orphans, fork
from tests.soak.journal import Promise, read_promises
from tests.soak.reader import watch
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
    """

    def __init__(self, world: SoakWorld, writers: int) -> None:
        self._world = world
        self._crew = Crew(world, lambda slot, life: Writer(world, slot, life).run(), writers)
        self._troubles = Troubles(world, self._crew, Random(f"{world.seed} troubles"))
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
        reader = fork(self._world, lambda: watch(self._world))
        before = time.monotonic()
        while (past := time.monotonic() - before) < seconds and not self._world.accused():
            self._crew.keep_up()
            self._troubles.cause(self._written + past)
            time.sleep(_TICK)
        self._written += seconds
        self._world.stop.touch()
        self._troubles.end()
        self._crew.settle({reader})

    def _check_quiet(self) -> None:
        """Nothing is wrong any more, so everything that waits must land, without a human."""
        world = self._world
        self._program("flush")
        self._program("record", *_RUN, "--after", "B", "--strict")
        waiting = [path.name for path in (world.repo / ".git/gitprov/spool").rglob("*.yaml")]
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
        promises = list(read_promises(world.journals))
        found = read_ledger(world.repo)
        wrong = [f"lost: {run_id}" for run_id in lost(found, promises)]
        wrong += [f"twice: {run_id}" for run_id in found.twice]
        wrong += [f"changed: {line}" for line in found.others]
        wrong += out_of_order(found, promises)
        wrong += list(self._unsound())
        for text in wrong:
            world.accuse(text)
        self._require_innocence()
        return promises

    def _unsound(self) -> Iterator[str]:
        try:
            git(self._world.repo, "fsck", "--strict", "--no-dangling", "--no-progress")
        except AssertionError as reason:
            yield str(reason)
        if wrong := verified(self._world.repo):
            yield wrong

    def _program(self, *args: str) -> None:
        """Run a command that must succeed now."""
        argv = [sys.executable, "-m", "gitprov", *args, "--json"]
        done = subprocess.run(argv, cwd=self._world.repo, capture_output=True, check=False)
        said = done.stdout.decode() + done.stderr.decode()
        warned = json.loads(done.stdout or b"{}").get("warnings")
        if done.returncode or warned:
            self._world.accuse(f"gitprov {' '.join(args)} ended with {done.returncode}: {said}")

    def _require_innocence(self) -> None:
        if text := self._world.accused():
            raise SoakFailedError(text)
