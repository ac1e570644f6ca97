"""Folders of the spool: private, made where missing, never reached through a link."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gitprov.disk.durable import FOLDER, TEMPORARY, mapped, storage_error, sync_folder
from gitprov.disk.posix import account, sync_file
from gitprov.disk.sharing import Sharing

_OTHERS_MAY_WRITE = 0o022
_ALL_MAY_WRITE = 0o002
_LEFT_OVER_SECONDS = 3600


@contextlib.contextmanager
def open_folder(root: Path, *parts: str, sharing: Sharing | None = None) -> Iterator[int]:
    """Open a folder below the root, making what is missing, following no link.

    The last part is this account's own; what is above may be shared by several accounts.

    Raises:
        StorageError: GPV-507-STORAGE; also where others may write to it.
    """
    files = sharing or Sharing()
    path = root.joinpath(*parts)
    with mapped("open the spool", path):
        files.make_folders(root.parent)
        with contextlib.suppress(FileExistsError):
            _make(root, files, is_own=False)
        descriptor = os.open(root, FOLDER)
    try:
        _require_safe(descriptor, root, is_own=False)
        for part in parts:
            is_own = part == parts[-1]
            with mapped("open the spool", path):
                below = _open_below(descriptor, part, files, is_own=is_own)
            os.close(descriptor)
            descriptor = below
            _require_safe(descriptor, path, is_own=is_own)
        yield descriptor
    finally:
        os.close(descriptor)


def is_own_folder(path: Path) -> bool:
    """Whether a folder is there and belongs to this account."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == account()
    return False


@contextlib.contextmanager
def read_folder(path: Path) -> Iterator[int | None]:
    """Open a folder of perhaps another account for reading.

    None if it cannot be read, or if just anybody could have written there.
    """
    try:
        descriptor = os.open(path, FOLDER)
    except OSError:
        yield None
        return
    try:
        yield descriptor if _is_shared(os.fstat(descriptor)) else None
    finally:
        os.close(descriptor)


def names_in(folder: Path) -> list[str]:
    """List a folder that may be missing, or another account's."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
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


def _make(name: Path | str, files: Sharing, *, is_own: bool, dir_fd: int | None = None) -> None:
    os.mkdir(name, dir_fd=dir_fd)
    descriptor = os.open(name, FOLDER, dir_fd=dir_fd)
    try:
        mode = files.folder_mode(stat.S_IMODE(os.fstat(descriptor).st_mode), private=is_own)
        # In a folder of several accounts nobody may move what is another's.
        os.fchmod(descriptor, mode if is_own else mode | stat.S_ISVTX)
    finally:
        os.close(descriptor)
    if dir_fd is None:
        sync_folder(Path(name).parent)
    else:
        sync_file(dir_fd)


def _open_below(folder: int, name: str, files: Sharing, *, is_own: bool) -> int:
    with contextlib.suppress(FileExistsError):
        _make(name, files, is_own=is_own, dir_fd=folder)
    return os.open(name, FOLDER, dir_fd=folder)


def _require_safe(descriptor: int, path: Path, *, is_own: bool) -> None:
    """Refuse a folder where another account could put records for this one to sign."""
    status = os.fstat(descriptor)
    if is_own:
        is_safe = status.st_uid == account() and not status.st_mode & _OTHERS_MAY_WRITE
    else:
        is_safe = _is_shared(status)
    if not is_safe:
        error = PermissionError(1, "it belongs to another account, or others may write to it")
        raise storage_error(error, "use the spool", path)


def _is_shared(status: os.stat_result) -> bool:
    """Whether a folder is for this account or a group; or nobody can move what is another's."""
    return not status.st_mode & _ALL_MAY_WRITE or bool(status.st_mode & stat.S_ISVTX)
