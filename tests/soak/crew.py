"""Starts writers as forks of one warm process, kills them, and starts them again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from random import Random

from tests.soak.relatives import below
from tests.soak.world import SoakWorld

_SUBREAPER = 36
_PATIENCE = 90.0


def adopt_orphans() -> None:
    """Become the parent of what a killed writer leaves, so that its end is seen."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def fork(world: SoakWorld, work: Callable[[], None]) -> int:
    """Do some work in a process and group of its own; whatever it raises is written down."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):  # it may be done already
            os.setpgid(pid, pid)
        return pid
    code = 0
    try:
        os.setpgid(0, 0)
        work()
    except BaseException:  # noqa: BLE001 - the end of a forked process
        world.accuse(traceback.format_exc())
        code = 1
    finally:
        os._exit(code)


class Crew:
    """The writers of a soak.

    Args:
        world: where they write.
        work: what a life does, given its slot and number.
        size: how many there are at a time.
    """

    def __init__(self, world: SoakWorld, work: Callable[[int, int], None], size: int) -> None:
        self._world = world
        self._work = work
        self._slots: dict[int, int] = {}
        self._lives = [0] * size
        self.kills = 0

    def keep_up(self) -> None:
        """Reap who has died, and start a new life in every free slot."""
        self.reap()
        busy = set(self._slots.values())
        for slot, life in enumerate(self._lives):
            if slot not in busy:
                pid = fork(self._world, partial(self._work, slot, life))
                self._slots[pid] = slot
                self._lives[slot] += 1

    def reap(self) -> None:
        """Take note of every process that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._slots.pop(pid, None) is not None and os.WIFSIGNALED(status):
                self.kills += 1

    def kill_part(self, chance: Random, first: int) -> None:
        """Kill a program that somebody has started: gpg, git push, receive-pack, a hook.

        Git's housekeeping is spared: a lock that it leaves is not ours to remove.

        Args:
            chance: chooses.
            first: only of those whose slot is this or higher.
        """
        owners = {pid for pid, slot in self._slots.items() if slot >= first}
        found = [one.pid for one in below(owners) if not one.is_housekeeping]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(sorted(found)), signal.SIGKILL)
                self.kills += 1

    def kill_one(self, chance: Random) -> None:
        """Kill a writer, sometimes with everything that it has started."""
        if self._slots:
            pid = chance.choice(sorted(self._slots))
            send = os.killpg if chance.random() < 0.3 else os.kill
            send(pid, signal.SIGKILL)

    def settle(self) -> None:
        """Wait until everybody, and every program that somebody has left behind, has ended."""
        end = time.monotonic() + _PATIENCE
        while left := [one for one in below({os.getpid()}) if not one.is_agent]:
            self.reap()
            if time.monotonic() > end:
                self._world.accuse(f"these do not come to an end: {left}")
                self.destroy()
                return
            time.sleep(0.02)
        self.reap()

    def destroy(self) -> None:
        """Kill whatever is left."""
        for one in below({os.getpid()}):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
        time.sleep(0.1)
        self.reap()
