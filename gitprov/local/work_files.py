"""Reads the files of the work tree that a run names."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from pathlib import Path

from gitprov.disk import posix
from gitprov.errors import Code, UsageError

_CHUNK = 1024 * 1024


class WorkTreeFiles:
    """WorkFiles below one folder.

    Args:
        root: the work tree; in a bare repository the current folder.
        here: where relative paths that a user types start.
    """

    def __init__(self, root: Path, here: Path) -> None:
        self._root = root
        self._here = here

    def relative(self, path: str) -> str:
        """Turn a path as a user typed it into one relative to the work tree, POSIX, NFC.

        Symbolic links in the folders on the way are resolved, the last part is not.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is outside the work tree.
        """
        if "\0" in path:
            raise UsageError(Code.ARGUMENT, "a path with a NUL character", path=path[:200])
        typed = Path(os.path.normpath(self._here / path))
        whole = typed.parent.resolve() / typed.name
        try:
            inside = whole.relative_to(self._root.resolve())
        except ValueError:
            text = f"{path!r} is outside {str(self._root)!r}; name files of the work tree"
            raise UsageError(Code.ARGUMENT, text, path=path) from None
        return unicodedata.normalize("NFC", inside.as_posix())

    def digest(self, path: str) -> tuple[str, int]:
        """Return (SHA-256 hex, size) of a file named as a user typed it.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is not a readable regular file.
        """
        try:
            # A FIFO must not make the recording wait for a writer.
            descriptor = os.open(self._here / path, posix.READ | posix.NONBLOCK)
        except OSError as reason:
            text = f"cannot read {path!r}: {reason.strerror}"
            raise UsageError(Code.ARGUMENT, text, path=path) from reason
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(Code.ARGUMENT, f"{path!r} is not a file", path=path)
        with os.fdopen(descriptor, "rb") as file:
            hasher, size = hashlib.sha256(), 0
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
        return hasher.hexdigest(), size
