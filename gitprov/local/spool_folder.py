"""Folders of the spool: private, made where missing, never reached through a link."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gitprov.disk.durable import FOLDER, TEMPORARY, make_folders, mapped, storage_error
from gitprov.disk.posix import sync_file

_FOLDER_MODE = 0o700
_OTHERS_MAY_WRITE = 0o022
_LEFT_OVER_SECONDS = 3600


@contextlib.contextmanager
def open_folder(root: Path, *parts: str) -> Iterator[int]:
    """Open a folder below the root, making what is missing, following no link.

    Raises:
        StorageError: GPV-507-STORAGE; also where others may write to it.
    """
    path = root.joinpath(*parts)
    with mapped("open the spool", path):
        make_folders(root.parent)
        if not root.exists():
            make_folders(root, _FOLDER_MODE)
        descriptor = os.open(root, FOLDER)
    try:
        _require_private(descriptor, root)
        for part in parts:
            with mapped("open the spool", path):
                below = _open_below(descriptor, part)
            os.close(descriptor)
            descriptor = below
            _require_private(descriptor, path)
        yield descriptor
    finally:
        os.close(descriptor)


def names_in(folder: Path) -> list[str]:
    """List a folder that may be missing."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return os.listdir(folder)  # noqa: PTH208 - names, not paths
    return []


def is_file(name: str, folder: int) -> bool:
    """Whether a name in an open folder is a regular file."""
    with contextlib.suppress(OSError):
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def sweep(folder: int, names: Sequence[str]) -> None:
    """Remove what a killed writer left an hour before the folder last changed, or earlier."""
    for name in names:
        if name.startswith(TEMPORARY):
            with contextlib.suppress(OSError):
                age = os.fstat(folder).st_mtime - os.stat(name, dir_fd=folder).st_mtime
                if age > _LEFT_OVER_SECONDS:
                    os.unlink(name, dir_fd=folder)


def _open_below(folder: int, name: str) -> int:
    try:
        os.mkdir(name, _FOLDER_MODE, dir_fd=folder)
    except FileExistsError:
        pass
    else:
        sync_file(folder)
    return os.open(name, FOLDER, dir_fd=folder)


def _require_private(descriptor: int, path: Path) -> None:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
        error = PermissionError(1, "it belongs to another account, or others may write to it")
        raise storage_error(error, "use the spool", path)
