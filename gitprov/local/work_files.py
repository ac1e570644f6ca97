"""Reads the files of the work tree that a run names."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from pathlib import Path

from gitprov.disk import posix
from gitprov.disk.names import path_on_disk
from gitprov.errors import Code, UsageError
from gitprov.model.text import path_problem

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
            UsageError: GPV-422-ARGUMENT, it is outside the work tree, or no record can hold it.
        """
        shown = shown_path(path)
        if "\0" in path:
            raise UsageError(Code.ARGUMENT, f"{shown} contains a NUL character", path=shown)
        typed = Path(os.path.normpath(self._here / path))
        whole = Path(os.path.realpath(typed.parent)) / typed.name
        root = Path(os.path.realpath(self._root))
        try:
            inside = whole.relative_to(root)
        except ValueError:
            text = f"{shown} is outside {shown_path(str(self._root))}; name files of the work tree"
            raise UsageError(Code.ARGUMENT, text, path=shown) from None
        return _recordable(root, inside.as_posix(), shown)

    def digest(self, path: str) -> tuple[str, int]:
        """Return (SHA-256 hex, size) of a file named as a user typed it.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is not a readable regular file.
        """
        shown = shown_path(path)
        try:
            # A FIFO must not make the recording wait for a writer.
            found = path_on_disk(self._here, path)
            descriptor = os.open(self._here / found, posix.READ | posix.NONBLOCK)
        except (OSError, ValueError) as reason:
            why = reason.strerror if isinstance(reason, OSError) else "it contains a NUL character"
            raise UsageError(Code.ARGUMENT, f"cannot read {shown}: {why}", path=shown) from reason
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(Code.ARGUMENT, f"{shown} is not a file", path=shown)
        with os.fdopen(descriptor, "rb") as file:
            hasher, size = hashlib.sha256(), 0
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
        return hasher.hexdigest(), size


def shown_path(path: str) -> str:
    """Return a path in quotes, whatever its name is made of."""
    return (
        repr(os.fsencode(path).decode("utf-8", "backslashreplace")) if _is_odd(path) else repr(path)
    )


def _is_odd(path: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in path)


def _recordable(root: Path, path: str, shown: str) -> str:
    """Return the name that a record has for a path below the root."""
    if _is_odd(path):
        text = f"{shown} is not UTF-8, and no record can hold such a name; rename it"
        raise UsageError(Code.ARGUMENT, text, path=shown)
    name = unicodedata.normalize("NFC", path)
    problem = path_problem(name)
    if problem is not None:
        raise UsageError(Code.ARGUMENT, f"no record can hold {shown}: it {problem}", path=shown)
    other, own = root / name, root / path
    are_there = name != path and os.path.lexists(other) and os.path.lexists(own)
    if are_there and not os.path.samestat(other.lstat(), own.lstat()):
        text = f"no record can tell {shown} from the other file of this name; rename one"
        raise UsageError(Code.ARGUMENT, text, path=shown)
    return name
