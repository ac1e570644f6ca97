"""A server for benchmarks: the same bare repository with and without the hook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figure import Figure, seconds
from tests.benchmarks.measure import Pair, in_turn
from tests.benchmarks.world import run
from tests.support.git import Git
from tests.support.history import LEDGER
from tests.support.hooked_remote import HookedRemote


@dataclass(frozen=True, slots=True)
class Servers:
    """Two servers that hold the same.

    Args:
        source: where is pushed from.
        plain: without the hook.
        hooked: with it.
    """

    source: Path
    plain: Path
    hooked: Path

    def pushing(self, server: Path, ref: str, old: str | None, new: str) -> Callable[[], object]:
        """Return a push of that update; the ref is put back before it, untimed objects stay."""
        git = Git(server)

        def push() -> object:
            return run(["git", "push", "--quiet", "--", str(server), f"{new}:{ref}"], self.source)

        def reset() -> None:
            if old is None:
                git("update-ref", "-d", ref)
            else:
                git("update-ref", ref, old)

        return Resetting(push, reset)


@dataclass(slots=True)
class Resetting:
    """A step that is undone before it is done again; the undoing is timed in both alike."""

    step: Callable[[], object]
    reset: Callable[[], None]

    def __call__(self) -> object:
        self.reset()
        return self.step()


def servers(source: Path, folder: Path, tip: str) -> Servers:
    """Make both servers hold the ledger up to a tip, packed as after ``git gc``."""
    folder.mkdir()
    plain = Git(folder).init(folder / "plain.git", "--bare")
    run(["git", "push", "--quiet", "--", str(plain.path), f"{tip}:{LEDGER}"], source)
    run(["git", "gc", "--quiet"], plain.path)
    hooked = HookedRemote(plain.path).copy(folder / "hooked.git")
    hooked.install()
    return Servers(source, plain.path, hooked.path)


def pushed(made: Servers, ref: str, old: str | None, new: str, times: int) -> Pair:
    """Time the same push to the server without and with the hook, in turn."""
    plain, hooked = (made.pushing(path, ref, old, new) for path in (made.plain, made.hooked))
    return in_turn(plain, hooked, times=times)


def more(what: str, pair: Pair, most: float) -> Figure:
    """Say how much longer a push takes with the hook."""
    plain, hooked = pair.seconds
    return Figure(
        what,
        f"{seconds(hooked)}",
        f"without the hook: {seconds(plain)}",
        f"{seconds(hooked - plain)} more" if hooked > plain else "nothing more",
        f"at most {seconds(most)} more",
        hooked - plain <= most,
    )
