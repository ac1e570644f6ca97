"""Remembers which packs were found to end, so that each is looked through once.

A pack whose objects are built from each other in a circle makes libgit2 read for ever. Looking for
circles takes half a second for a million objects, which `record` cannot spend each time. What is
remembered of a pack is its inode, its time of change and its size: a prepared clone cannot know
them beforehand. What somebody may write to at that moment is not remembered, since it could change
behind a mapping without a new time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from gitprov.disk.durable import read_file
from gitprov.disk.posix import has_writer
from gitprov.disk.sharing import Sharing
from gitprov.errors import StorageError
from gitprov.git.unsafe_objects import object_folders, require_ending_pack

_LIMIT = 1024 * 1024


class CheckedPacks:
    """The file ``<git dir>/gitprov/packs``.

    Args:
        path: the file.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, path: Path, sharing: int | None = None) -> None:
        self._path = path
        self._files = Sharing(sharing)

    def require_ending(self, folders: Iterable[Path]) -> None:
        """Refuse packs that libgit2 would never finish; each is looked through once.

        Args:
            folders: folders of objects; those that they borrow from are looked at as well.

        Raises:
            StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
        """
        known = self._known()
        seen = set()
        for folder in dict.fromkeys(one for each in folders for one in object_folders(each)):
            for index in _indexes(folder):
                with contextlib.suppress(FileNotFoundError):  # gc took it away just now
                    mark = _mark(index)
                    if mark in known:
                        seen.add(mark)
                        continue
                    is_written = has_writer(index) or has_writer(index.with_suffix(".pack"))
                    mark = _mark(index)  # what is written from here on changes it
                    require_ending_pack(index)
                    if not is_written:
                        seen.add(mark)
        if not seen <= known:
            self._remember(seen)

    def _known(self) -> frozenset[str]:
        try:
            return frozenset(read_file(self._path, _LIMIT).decode("ascii", "replace").split("\n"))
        except OSError:
            return frozenset()

    def _remember(self, marks: Iterable[str]) -> None:
        # Where it cannot be written, the next command looks again; a reader makes no folder.
        with contextlib.suppress(StorageError):
            if self._path.parent.is_dir():
                self._files.replace(self._path, "\n".join(sorted(marks)).encode())


def _indexes(folder: Path) -> list[Path]:
    try:
        return [path for path in (folder / "pack").iterdir() if path.suffix == ".idx"]
    except OSError:
        return []  # the reader says what is wrong


def _mark(index: Path) -> str:
    both = (path.stat() for path in (index, index.with_suffix(".pack")))
    return " ".join(f"{s.st_dev}:{s.st_ino}:{s.st_ctime_ns}:{s.st_size}" for s in both)
