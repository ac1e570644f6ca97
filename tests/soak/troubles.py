"""What happens to a repository and its machine while others write: each at moments of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from random import Random

from gitprov.errors import GitprovError
from gitprov.local.writer_lock import FileLock
from gitprov.model.refs import NOTES_REF
from tests.soak.crew import Crew, fork
from tests.soak.world import SoakWorld, resize
from tests.support.faults import LEDGER

_HOUSEKEEPING = {
    "pack-refs": ("pack-refs", "--all", "--prune"),
    "repack": ("repack", "-d", "--quiet"),
    "gc --auto": ("-c", "gc.auto=3000", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"),
    "gc": ("gc", "--quiet"),
}
_KILL_SECONDS = 0.6
_LONGEST_STOP = 3.0
_LONGEST_FULL = 1.0


class Troubles:
    """Everything that goes wrong, in an order that the seed decides.

    Args:
        world: where.
        crew: who is killed.
        writers: how many of the crew write; the others push.
        chance: decides when and what.
    """

    def __init__(self, world: SoakWorld, crew: Crew, writers: int, chance: Random) -> None:
        self._world = world
        self._crew = crew
        self._chance = chance
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._housekeeper: subprocess.Popen[bytes] | None = None
        self._stopped: int | None = None
        self._kinds: dict[str, tuple[float, Callable[[], None]]] = {
            "kill": (_KILL_SECONDS, lambda: crew.kill_one(chance)),
            "kill of a push": (3, lambda: crew.kill_part(chance, writers)),
            "kill of a program": (6, lambda: crew.kill_part(chance, 0)),
            "stopped agent": (20, self._stop_agent),
            "killed agent": (15, self._kill_agent),
            "stale lock": (10, self._leave_lock),
            "pack-refs": (3, lambda: self._keep_house("pack-refs")),
            "repack": (30, lambda: self._keep_house("repack")),
            "gc --auto": (15, lambda: self._keep_house("gc --auto")),
            "gc": (60, lambda: self._keep_house("gc")),
        }
        if world.has_own_disk:
            self._kinds["full disk"] = (8, self._fill_disk)
        self._due = {name: self._pause(name) for name in self._kinds}
        self.count: Counter[str] = Counter()

    def cause(self, now: float) -> None:
        """Let everything happen whose moment has come; ``now`` counts the seconds of writing."""
        for moment, action in [pair for pair in self._later if pair[0] <= now]:
            self._later.remove((moment, action))
            action()
        self._now = now
        for name, (_, action) in self._kinds.items():
            if self._due[name] <= now:
                action()
                self._due[name] = now + self._pause(name)

    def end(self) -> None:
        """Put right whatever is wrong for a while only."""
        for _, action in self._later:
            action()
        self._later.clear()
        if self._housekeeper is not None:
            self._housekeeper.wait()
            self._housekeeper = None

    def _pause(self, name: str) -> float:
        return self._chance.expovariate(1 / self._kinds[name][0])

    def _soon(self, longest: float, action: Callable[[], None]) -> None:
        self._later.append((self._now + self._chance.uniform(0.05, longest), action))

    def _keep_house(self, name: str) -> None:
        """Run one housekeeping program; never two, as Git itself would not."""
        if self._housekeeper is not None and self._housekeeper.poll() is None:
            return
        self._housekeeper = subprocess.Popen(
            ["git", *_HOUSEKEEPING[name]],
            cwd=self._world.repo,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.count[name] += 1

    def _agent(self) -> int | None:
        argv = ["gpg-connect-agent", "--no-autostart", "--homedir", str(self._world.ring.home)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            said = subprocess.run(
                [*argv, "GETINFO pid", "/bye"], capture_output=True, check=False, timeout=5
            )
            words = said.stdout.split()
            if len(words) > 1 and words[0] == b"D":
                return int(words[1])
        return None

    def _stop_agent(self) -> None:
        if self._stopped is None and (pid := self._agent()) is not None:
            os.kill(pid, signal.SIGSTOP)
            self._stopped = pid
            self._soon(_LONGEST_STOP, self._wake_agent)
            self.count["stopped agent"] += 1

    def _wake_agent(self) -> None:
        if self._stopped is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._stopped, signal.SIGCONT)
            self._stopped = None

    def _kill_agent(self) -> None:
        if self._stopped is None and (pid := self._agent()) is not None:
            os.kill(pid, signal.SIGKILL)
            self.count["killed agent"] += 1

    def _leave_lock(self) -> None:
        """Let a writer die that has just locked a ref."""
        ref = self._chance.choice((LEDGER, NOTES_REF))
        common = self._world.repo / ".git"

        def die() -> None:
            with FileLock(common / "gitprov", (LEDGER, NOTES_REF)).hold(5):
                path = common / f"{ref}.lock"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(exist_ok=False)
                os.kill(os.getpid(), signal.SIGKILL)

        fork(self._world, lambda: _forgiving(die))
        self.count["stale lock"] += 1

    def _fill_disk(self) -> None:
        facts = os.statvfs(self._world.repo)
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
        with contextlib.suppress(subprocess.CalledProcessError):  # it grew in the meantime
            resize(self._world.repo, str(used + self._chance.randint(1, 200_000)))
            self._soon(_LONGEST_FULL, lambda: resize(self._world.repo))
            self.count["full disk"] += 1


def _forgiving(work: Callable[[], None]) -> None:
    """Do something that may fail for good reasons: a full disk, a lock that is held."""
    with contextlib.suppress(GitprovError, OSError):
        work()
