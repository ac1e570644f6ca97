"""Writes that survive a power cut: file contents, names and new folders reach the disk.

Every function either returns after the data is durable or raises StorageError
GPV-507-STORAGE; nothing here reports success after a failed fsync (F-08).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from gitprov.errors import Code, StorageError

if sys.platform != "win32":
    import fcntl

_F_FULLFSYNC = getattr(fcntl, "F_FULLFSYNC", None) if sys.platform != "win32" else None
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_serial = count(1)


def storage_error(error: OSError, doing: str, path: Path | str) -> StorageError:
    """Turn an operating system error into StorageError GPV-507-STORAGE with its remedy."""
    if error.errno in _FULL_DISK:
        remedy = "free some space (or raise the quota) and try again"
    elif error.errno == errno.EROFS:
        remedy = "the file system is read-only: mount it writable"
    elif isinstance(error, PermissionError):
        remedy = "check the owner and permissions of that folder"
    else:
        remedy = "check the disk and try again"
    reason = error.strerror or str(error)
    return StorageError(
        Code.STORAGE,
        f"cannot {doing} {str(path)!r}: {reason}; {remedy}",
        path=str(path),
        errno=error.errno,
        remedy=remedy,
    )


@contextlib.contextmanager
def mapped(doing: str, path: Path | str) -> Iterator[None]:
    """Map every OSError of the block to StorageError GPV-507-STORAGE."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, doing, path) from error


def sync_file(descriptor: int) -> None:
    """Bring an open file to the disk, on macOS through the drive's own cache as well."""
    if _F_FULLFSYNC is not None:
        with contextlib.suppress(OSError):  # not every file system knows it
            fcntl.fcntl(descriptor, _F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(path: Path | str) -> None:
    """Make the names in a folder durable; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def make_folders(path: Path, mode: int = 0o777) -> None:
    """Create a folder and its missing parents, each durable in its own parent."""
    missing = []
    probe = path
    while not probe.is_dir():
        missing.append(probe)
        if probe.parent == probe:
            break
        probe = probe.parent
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode)
        sync_folder(folder.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; a short write on a full disk raises instead of passing."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def create_temporary(folder: Path | str, prefix: str, mode: int) -> tuple[int, str]:
    """Open a new file that nobody else has, never through a symbolic link.

    The name is the prefix, our process id and a serial number; O_EXCL settles what is left
    (another host on the same file system, a dead process of the same number).
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
    while True:
        name = f"{prefix}{os.getpid()}_{next(_serial)}"
        path = os.path.join(folder, name)  # noqa: PTH118 - hot path, three times faster
        try:
            return os.open(path, flags, mode), path
        except FileExistsError:
            continue


def replace_file(path: Path, content: bytes, mode: int = 0o600, prefix: str = "tmp_") -> None:
    """Put a file in place atomically: temporary file, fsync, rename, fsync of the folder.

    Raises:
        StorageError: GPV-507-STORAGE; the old file, if any, is then untouched.
    """
    with mapped("write", path):
        descriptor, temporary = create_temporary(path.parent, prefix, mode)
        try:
            try:
                write_all(descriptor, content)
                sync_file(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(path.parent)


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most ``limit`` bytes, never through a symbolic link.

    Raises:
        OSError: as the operating system says; EFBIG beyond the limit, ELOOP for a link,
            EINVAL for anything that is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _NO_FOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not _is_regular(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    return content


def _is_regular(mode: int) -> bool:
    return mode & 0o170000 == 0o100000
