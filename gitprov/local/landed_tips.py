"""The tips that have landed on a server, beside the refs that a forge may delete unseen (7.1).

A push that was judged good may still fail, so its tip is only a candidate; it has landed once the
server's ref is seen there. What a forge put there itself never was a candidate, and is known only
if a later push goes on from it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitprov.disk.durable import mapped, read_file, unreadable
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError
from gitprov.local.short_lock import short_lock
from gitprov.model.push import RefUpdate

_LINE = re.compile("landed ([0-9a-f]{40})|judged ([0-9a-f]{40}) after ([0-9a-f]{40}|none)")
_LIMIT = 64 * 1024
# Racing pushes that were all judged good on the same tip.
_MOST_CANDIDATES = 64
_MOST_LANDED = 64


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is known of one ref.

    Args:
        landed: tips that its chain must hold; more than one only until the next push lands.
        judged: tips of pushes that were found good -> the tip each of them went on from.
    """

    landed: tuple[str, ...] = ()
    judged: tuple[tuple[str, str | None], ...] = ()

    def settle(self, tip: str) -> _Memory | None:
        """The server's ref is there; None if that says nothing new."""
        if tip not in dict(self.judged):
            return None
        # It was judged to hold what had landed; whoever went on from something else has lost.
        return _Memory((tip,), tuple(pair for pair in self.judged if pair[1] == tip))

    def accept(self, old: str | None, new: str, known: Iterable[str]) -> _Memory:
        """A push from old to new was found good, as somebody who knew these tips."""
        if set(self.landed) - {*known, old}:
            return self  # another one has landed meanwhile, so this one cannot
        memory = self
        if old is not None and old not in self.landed and len(self.landed) < _MOST_LANDED:
            still = tuple(pair for pair in self.judged if pair[1] == old)
            memory = _Memory((*self.landed, old), still)
        others = tuple(pair for pair in memory.judged if pair[0] != new)
        return _Memory(memory.landed, (*others, (new, old))[-_MOST_CANDIDATES:])


class LandedTips:
    """The folder ``<git dir>/gitprov/landed``: a small file for each ledger's ref.

    Args:
        folder: ``<git dir>/gitprov``.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, folder: Path, sharing: int | None = None) -> None:
        self._folder = folder / "landed"
        self._files = Sharing(sharing)

    def of(self, ref: str) -> tuple[str, ...]:
        """Return the tips that the chain of a ref must hold.

        Raises:
            StorageError: GPV-500-INTERNAL, the file cannot be read; GPV-500-STORE-CORRUPT.
        """
        return self._read(ref).landed

    def refs(self) -> list[str]:
        """Return the refs that something is known of.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        try:
            names = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(error, self._folder) from error
        found = (name.replace("%2F", "/").replace("%25", "%") for name in names)
        return [name for name in found if name.startswith("refs/")]

    def settle(self, ref: str, tip: str, tell: Callable[[str], None]) -> None:
        """The server's ref was seen at a tip: if that was judged here, it has landed.

        Args:
            ref: the ledger's ref.
            tell: is called with a tip that was not known to have landed, before it is.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-503-BUSY; as of and tell.
        """
        if self._read(ref).settle(tip) is None:
            return
        with self._writing():
            settled = self._read(ref).settle(tip)
            if settled is not None:
                tell(tip)
                self._write(ref, settled)

    def accept(self, update: RefUpdate, known: Iterable[str], tell: Callable[[str], None]) -> None:
        """A push was found good.

        Args:
            update: from the server's tip to the new one.
            known: the tips that it was judged to hold.
            tell: as for settle.

        Raises:
            StorageError: as settle.
        """
        if update.new is None:
            return
        with self._writing():
            before = self._read(update.name)
            after = before.accept(update.old, update.new, known)
            for tip in after.landed[len(before.landed) :]:
                tell(tip)
            if after != before:
                self._write(update.name, after)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with mapped("write", self._folder):
            self._files.make_folders(self._folder)
            with short_lock(self._files, self._folder / "lock", "the memory of landed tips"):
                yield

    def _path(self, ref: str) -> Path:
        return self._folder / ref.replace("%", "%25").replace("/", "%2F")

    def _read(self, ref: str) -> _Memory:
        path = self._path(ref)
        try:
            lines = os.fsdecode(read_file(path, _LIMIT)).splitlines()
        except FileNotFoundError:
            return _Memory()
        except OSError as error:
            raise unreadable(error, path) from error
        found = [_LINE.fullmatch(line) for line in lines]
        if None in found:
            remedy = "compare the ledger with a clone's, then remove that file"
            raise StorageError(
                Code.STORE_CORRUPT, f"{str(path)!r} is damaged; {remedy}", remedy=remedy
            )
        matches = [match for match in found if match is not None]
        judged = ((m[2], None if m[3] == "none" else m[3]) for m in matches if m[2])
        return _Memory(tuple(m[1] for m in matches if m[1]), tuple(judged))

    def _write(self, ref: str, memory: _Memory) -> None:
        lines = [f"landed {oid}\n" for oid in memory.landed]
        lines += [f"judged {new} after {old or 'none'}\n" for new, old in memory.judged]
        self._files.replace(self._path(ref), "".join(lines).encode("ascii"))
