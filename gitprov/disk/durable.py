"""Writes that survive a power cut: contents, names and new folders reach the disk.

Every function returns after its work is durable or raises; none reports success after a
failed fsync (F-08). POSIX only: without flock and folder fsync no promise could be kept.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from gitprov.disk import posix
from gitprov.disk.posix import sync_file
from gitprov.errors import Code, StorageError

TEMPORARY = ".tmp_"
READ = posix.READ | posix.NOFOLLOW
FOLDER = READ | posix.DIRECTORY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | posix.NOFOLLOW | posix.CLOEXEC
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_serial = count(1)


def storage_error(error: OSError, doing: str, path: Path | str) -> StorageError:
    """Turn an operating system error into StorageError GPV-507-STORAGE with its remedy."""
    if error.errno in _FULL_DISK:
        remedy = "free some space (or raise the quota) and try again"
    elif error.errno == errno.EROFS:
        remedy = "the file system is read-only: make it writable"
    elif isinstance(error, PermissionError):
        remedy = "check the owner and permissions of that place"
    else:
        remedy = "check the disk and try again"
    return StorageError(
        Code.STORAGE,
        f"cannot {doing} {str(path)!r}: {error.strerror or error}; {remedy}",
        path=str(path),
        errno=error.errno,
        remedy=remedy,
    )


def unreadable(error: OSError, path: Path | str) -> StorageError:
    """Turn a failed read into StorageError GPV-500-INTERNAL: could not find out."""
    remedy = "check its permissions and the disk"
    return StorageError(
        Code.INTERNAL,
        f"cannot read {str(path)!r}: {error.strerror or error}; {remedy}",
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


def sync_folder(path: Path | str) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, posix.READ | posix.DIRECTORY)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def make_folders(
    path: Path, mode: int = 0o777, made: Callable[[Path], None] = lambda _path: None
) -> None:
    """Create a folder and its missing parents, each durable in its own parent.

    Args:
        path: the folder.
        mode: less what the umask takes.
        made: called with each folder that was created.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    for folder in reversed(missing):
        try:
            folder.mkdir(mode)
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            made(folder)
        sync_folder(folder.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; a short write on a full disk raises instead of passing."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def create_temporary(
    folder: str, prefix: str, mode: int, *, dir_fd: int | None = None
) -> tuple[int, str]:
    """Open a new file of a unique name, never through a symbolic link; (descriptor, path).

    The name is the prefix, our process id and a serial number; O_EXCL settles what is left
    (another host on the same file system, a dead process of the same number).
    """
    while True:
        path = f"{folder}{prefix}{os.getpid()}_{next(_serial)}"
        try:
            return os.open(path, _NEW, mode, dir_fd=dir_fd), path
        except FileExistsError:
            continue


def write_temporary(
    folder: str,
    content: bytes,
    mode: int,
    *,
    dir_fd: int | None = None,
    made: Callable[[int], None] = lambda _descriptor: None,
) -> str:
    """Write a durable file under a name of its own, which the caller gives its real name.

    Args:
        folder: where, with its slash; empty with ``dir_fd``.
        mode: less what the umask takes.
        dir_fd: an open folder.
        made: called with the descriptor of the new file.

    Raises:
        OSError: as the operating system says; then there is no such file.
    """
    descriptor, temporary = create_temporary(folder, TEMPORARY, mode, dir_fd=dir_fd)
    try:
        try:
            made(descriptor)
            write_all(descriptor, content)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=dir_fd)
        raise
    return temporary


def open_regular(path: Path | str, *, dir_fd: int | None = None) -> BinaryIO:
    """Open a regular file for reading, never through a symbolic link, never waiting.

    Raises:
        OSError: as the operating system says; ELOOP for a link, EISDIR for a folder, EINVAL
            for anything else that is not a regular file.
    """
    descriptor = os.open(path, READ | posix.NONBLOCK, dir_fd=dir_fd)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def read_file(path: Path | str, limit: int, *, dir_fd: int | None = None) -> bytes:
    """Read a regular file of at most ``limit`` bytes.

    Raises:
        OSError: as open_regular; EFBIG beyond the limit.
    """
    with open_regular(path, dir_fd=dir_fd) as stream:
        # A read of `limit` bytes would allocate all of them at once.
        is_larger = os.fstat(stream.fileno()).st_size > limit
        content = b"" if is_larger else stream.read()
    if is_larger or len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    return content


def shared_mode(mode: int, sharing: int, *, is_folder: bool = False) -> int:
    """Return the permission bits that core.sharedRepository asks for, as git computes them.

    ``sharing`` is added to the mode if positive; if negative, its absolute value replaces it.
    """
    bits = abs(sharing)
    if not mode & 0o200:
        bits &= ~0o222
    if mode & 0o100:
        bits |= (bits & 0o444) >> 2
    result = bits if sharing < 0 else mode | bits
    if is_folder:
        result |= (result & 0o444) >> 2
        if result & 0o060:  # the group's bit means something only where it has access
            result |= 0o2000
    return result
