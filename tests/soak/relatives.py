"""Which processes descend from others, as /proc tells it."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_HOUSEKEEPING = ("gc", "pack-refs", "repack", "prune", "maintenance", "reflog", "pack-objects")


@dataclass(frozen=True)
class Relative:
    """One process that runs.

    Args:
        pid: its number.
        words: how it was started.
    """

    pid: int
    words: tuple[str, ...]

    @property
    def is_agent(self) -> bool:
        """Whether it is a daemon of gpg's, which outlives everybody."""
        return bool(self.words) and Path(self.words[0]).name in {"gpg-agent", "keyboxd", "scdaemon"}

    @property
    def is_housekeeping(self) -> bool:
        """Whether it is Git keeping house."""
        return not set(_HOUSEKEEPING).isdisjoint(self.words)


def below(ancestors: Collection[int]) -> list[Relative]:
    """Return everything that runs and descends from one of these, themselves left out."""
    children: dict[int, list[Relative]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (folder / "stat").read_text(errors="replace").rpartition(") ")[2].split()
            words = (folder / "cmdline").read_text(errors="replace").rstrip("\0").split("\0")
            if stat[0] != "Z":
                children[int(stat[1])].append(Relative(int(folder.name), tuple(words)))
    found: list[Relative] = []
    waiting = list(ancestors)
    while waiting:
        grown = children.pop(waiting.pop(), [])
        found += grown
        waiting += [one.pid for one in grown]
    return [one for one in found if one.pid not in ancestors]
