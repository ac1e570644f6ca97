"""Keeps libgit2 away from files that it does not survive; measured with libgit2 1.9.7.

A loose object whose compressed data ends early makes it loop for ever; a pack index that
contradicts itself or its pack makes it read beyond its memory; a named pipe makes it wait for
ever. Damaged disks and prepared clones hold such files, and none may hang or kill a verifier.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from gitprov.disk import posix
from gitprov.disk.durable import read_file, unreadable
from gitprov.errors import Code, StorageError
from gitprov.git.pack_index import (
    IndexDamagedError,
    require_sound_index,
    require_sound_multi_index,
)

_READ = posix.READ | posix.NONBLOCK
_PLAIN_FILES = ("HEAD", "config", "config.worktree", "packed-refs", "objects/info/alternates")
_HEADER_ROOM = 64
_MULTI_INDEX = "multi-pack-index"
_ALTERNATE_DEPTH = 5
_CHUNK = 1024 * 1024
_REMEMBERED = 256


def object_folders(objects: Path) -> list[Path]:
    """Return an object folder and those that its alternates name, theirs included."""
    folders = [objects]
    level = [objects]
    for _ in range(_ALTERNATE_DEPTH):
        level = [found for folder in level for found in _alternates(folder)]
        folders += [folder for folder in level if folder not in folders]
    return folders


def require_whole_loose(path: str, limit: int) -> None:
    """Refuse a loose object file that libgit2 would not come back from.

    One that holds more than ``limit`` bytes passes: its size is looked at elsewhere.

    Raises:
        ValueError: it is cut off, or no regular file.
        OSError: it cannot be read.
    """
    descriptor = os.open(path, _READ)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("no regular file")
        room = limit + _HEADER_ROOM
        packed = os.read(descriptor, min(status.st_size, room + room // 512 + _HEADER_ROOM))
        unpacker = zlib.decompressobj()
        if len(unpacker.decompress(packed, room)) < room and not unpacker.eof:
            raise ValueError("cut off")
    except zlib.error:
        pass  # libgit2 refuses that well by itself
    finally:
        os.close(descriptor)


def require_sound_files(common_dir: Path) -> None:
    """Refuse a repository with a file that libgit2 would hang on or crash over.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    for name in _PLAIN_FILES:
        _require_plain(common_dir / name)
    require_sound_packs(common_dir / "objects")


def require_sound_packs(objects: Path) -> None:
    """Refuse an object folder, and those it borrows from, for the same reason.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    for folder in object_folders(objects):
        for path in _packs(folder):
            _require_plain(path)
            if path.suffix == ".idx" or path.name == _MULTI_INDEX:
                _require_sound_index(path)


def require_ending_objects(objects: Path) -> None:
    """Refuse packs whose objects are built from each other in a circle.

    For whoever reads everything anyway: it looks at each object, half a second for a million.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    for folder in object_folders(objects):
        for path in _packs(folder):
            if path.suffix == ".idx":
                require_ending_pack(path)


def require_ending_pack(index: Path) -> None:
    """Refuse one such pack, by its index.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    # Most calls have looked at every pack before.
    from gitprov.git.delta_cycles import require_ending_chains  # noqa: PLC0415

    _check(index, require_ending_chains)


def _alternates(folder: Path) -> list[Path]:
    try:
        text = read_file(os.path.realpath(folder / "info" / "alternates"), _CHUNK)
    except OSError:
        return []
    lines = os.fsdecode(text).splitlines()
    return [folder / line for line in lines if line and not line.startswith("#")]


def _packs(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(path.name for path in (folder / "pack").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(error, folder / "pack") from error
    yield from (folder / "pack" / name for name in names)


def _require_plain(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # absent, or for libgit2 to say what is wrong
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise _damaged(path, "is not a regular file")


def _require_sound_index(path: Path) -> None:
    _check(path, require_sound_multi_index if path.name == _MULTI_INDEX else _require_once)


def _require_once(path: Path) -> None:
    """Check an index unless this process has checked the very same files (10 ms a million)."""
    _require_stamped(path, _stamp(path), _stamp(path.with_suffix(".pack")))


@lru_cache(maxsize=_REMEMBERED)
def _require_stamped(path: Path, *_stamps: tuple[int, ...]) -> None:
    require_sound_index(path)


def _stamp(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _check(path: Path, check: Callable[[Path], None]) -> None:
    try:
        check(path)
    except IndexDamagedError as reason:
        raise _damaged(path, str(reason)) from reason
    except FileNotFoundError:
        return  # git gc has just replaced it, or its pack
    except OSError as error:
        raise unreadable(error, path) from error


def _damaged(path: Path, what: str) -> StorageError:
    remedy = "restore it from another clone, or fetch again"
    return StorageError(
        Code.STORE_CORRUPT, f"{str(path)!r} {what}; {remedy}", path=str(path), remedy=remedy
    )
