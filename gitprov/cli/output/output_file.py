"""Writes a file that a user named, without harming what is there (X-06)."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from gitprov.errors import Code, StorageError, UsageError

_MODE = 0o644


def write_output(path: Path, content: bytes, *, force: bool) -> None:
    """Write a new file whole, or not at all; it is durable when this returns.

    Args:
        path: where.
        content: all of it.
        force: replace an existing regular file.

    Raises:
        UsageError: GPV-422-ARGUMENT; something is there (without ``force``), or something
            that is not a regular file, or no folder to put it in.
        StorageError: GPV-507-STORAGE; nothing was written.
    """
    _require_free(path, force=force)
    if not path.parent.is_dir():
        raise UsageError(Code.ARGUMENT, f"{str(path.parent)!r} is not a folder", path=str(path))
    try:
        _write(path, content, force=force)
    except FileExistsError as reason:
        raise _taken(path) from reason
    except OSError as reason:
        text = f"cannot write {str(path)!r}: {reason.strerror}; check the place and the disk"
        raise StorageError(Code.STORAGE, text, path=str(path)) from reason


def _require_free(path: Path, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
        text = f"{str(path)!r} is {what}; name a file of its own"
        raise UsageError(Code.ARGUMENT, text, path=str(path))
    if not force:
        raise _taken(path)


def _write(path: Path, content: bytes, *, force: bool) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".gitprov-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), _MODE)
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # fails if another process was faster
        _sync_folder(path.parent)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _taken(path: Path) -> UsageError:
    text = f"{str(path)!r} is there already; --force replaces it"
    return UsageError(Code.ARGUMENT, text, path=str(path))
