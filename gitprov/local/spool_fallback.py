"""A spool that moves to the user's state folder where the git directory cannot take a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gitprov.errors import Code, StorageError
from gitprov.local.spool import PRIVATE, FileSpool
from gitprov.model.spooled import SpoolFile


class FallbackSpool(FileSpool):
    """A spool with another place for what it cannot take.

    Whatever the reason is: a full or read-only disk, a quota, a lack of inodes, permissions.

    Args:
        root: as FileSpool.
        fallback: a folder of this account elsewhere.
        sharing: as FileSpool.
    """

    def __init__(self, root: Path, fallback: Path, sharing: int | None = None) -> None:
        super().__init__(root, sharing=sharing)
        self._first = root
        self._fallback = fallback
        self._bits = sharing

    def adopt(self, root: Path) -> None:
        """Take over another spool into the first place, never into the other one.

        Raises:
            StorageError: as FileSpool.adopt.
        """
        FileSpool(self._first, sharing=self._bits).adopt(root)

    def claim(self, files: Sequence[SpoolFile], is_free: Callable[[], bool]) -> bool:
        """Store files as FileSpool.claim does; from a failure on, in the other place.

        Raises:
            StorageError: GPV-507-STORAGE, neither place can hold them; GPV-503-BUSY.
        """
        try:
            return super().claim(files, is_free)
        except StorageError as reason:
            if reason.code is not Code.STORAGE or self._beside is not None:
                raise
            super().__init__(self._fallback, self._first, PRIVATE)
            try:
                return super().claim(files, is_free)
            except StorageError as second:
                if second.code is not Code.STORAGE:
                    raise
                text = f"nothing can hold the record: {reason.message}; {second.message}"
                raise StorageError(Code.STORAGE, text, **second.details) from second
