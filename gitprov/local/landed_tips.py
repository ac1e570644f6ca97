"""The tips that have landed on a server, beside the refs that a forge may delete unseen (7.1)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gitprov.disk.durable import mapped, read_file, unreadable
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError

_LINE = re.compile(r"([0-9a-f]{40}) (refs/\S+)")
_LIMIT = 1024 * 1024
_KEPT = 8
"""Tips of a ref: racing pushes may write them down in another order than they landed in."""


class LandedTips:
    """The file ``<git dir>/gitprov/landed``: a line for each tip, the newest last.

    Args:
        folder: ``<git dir>/gitprov``.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, folder: Path, sharing: int | None = None) -> None:
        self._path = folder / "landed"
        self._files = Sharing(sharing)

    def of(self, ref: str) -> tuple[str, ...]:
        """Return the last tips of a ref that are known to have landed.

        Raises:
            StorageError: GPV-500-INTERNAL, the file cannot be read; GPV-500-STORE-CORRUPT.
        """
        return tuple(oid for oid, name in self._lines() if name == ref)

    def remember(self, ref: str, oid: str) -> bool:
        """Write down that a tip has landed, durable when this returns; False if it was known.

        Raises:
            StorageError: GPV-507-STORAGE; as of.
        """
        lines = self._lines()
        if (oid, ref) in lines:
            return False
        others = [line for line in lines if line[1] != ref]
        own = [line for line in lines if line[1] == ref][1 - _KEPT :]
        with mapped("make", self._path.parent):
            self._files.make_folders(self._path.parent)
        text = "".join(f"{tip} {name}\n" for tip, name in [*others, *own, (oid, ref)])
        self._files.replace(self._path, os.fsencode(text))
        return True

    def _lines(self) -> list[tuple[str, str]]:
        try:
            text = os.fsdecode(read_file(self._path, _LIMIT))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(error, self._path) from error
        found = [_LINE.fullmatch(line) for line in text.splitlines()]
        if None in found:
            remedy = "compare the ledger with a clone's, then remove that file"
            raise StorageError(
                Code.STORE_CORRUPT, f"{str(self._path)!r} is damaged; {remedy}", remedy=remedy
            )
        return [(match[1], match[2]) for match in found if match is not None]
