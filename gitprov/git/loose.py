"""Writes single objects durably, healing damaged ones.

libgit2 and git keep a file of the right name even when a crash left it empty (F-10), and do
not sync the parent of a new folder (4.5). Here the file is always written again and renamed
over whatever is there, unless this very writer has made it durable before.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitprov.disk.durable import (
    create_temporary,
    mapped,
    shared_mode,
    sync_folder,
    write_all,
)
from gitprov.disk.parallel_sync import sync_at_once
from gitprov.disk.posix import sync_file

_AT_ONCE = 64
_REMEMBERED = 65_536
_READ_ONLY = 0o444


@dataclass(slots=True)
class _Batch:
    """Files on their way: open temporary files, and folders whose names changed."""

    files: list[tuple[int, str, str]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    has_new_folder: bool = False


class LooseWriter:
    """Writes loose objects into one object folder.

    Args:
        objects: the repository's ``objects`` folder.
        sharing: RepositoryLocation.sharing; None leaves permissions to the umask.
    """

    def __init__(self, objects: Path, sharing: int | None = None) -> None:
        self._objects = str(objects)
        self._sharing = sharing
        self._durable: set[str] = set()

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs, durable when this returns; return their oids in order.

        Raises:
            StorageError: GPV-507-STORAGE; what was already written is harmless.
        """
        oids: list[str] = []
        with mapped("write objects below", self._objects):
            for start in range(0, len(objects), _AT_ONCE):
                oids += self._write_batch(objects[start : start + _AT_ONCE])
        if len(self._durable) > _REMEMBERED:
            self._durable.clear()
        self._durable.update(oids)
        return oids

    def _write_batch(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Write all, then sync all, then name all: the disk can join the syncs."""
        batch = _Batch()
        oids: list[str] = []
        try:
            for kind, content in objects:
                whole = b"%s %d\0%s" % (kind.encode(), len(content), content)
                oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
                oids.append(oid)
                if not self._is_durable(oid):
                    self._start(batch, oid, zlib.compress(whole, 1))
            sync_at_once(sync_file, [descriptor for descriptor, _, _ in batch.files])
            for _, temporary, final in batch.files:
                os.replace(temporary, final)  # noqa: PTH105 - plain strings on the hot path
        finally:
            for descriptor, temporary, _ in batch.files:
                os.close(descriptor)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)  # noqa: PTH108 - as above
        if batch.has_new_folder:
            batch.folders.add(self._objects)
        sync_at_once(sync_folder, sorted(batch.folders))
        return oids

    def _is_durable(self, oid: str) -> bool:
        """Whether this writer wrote the object, and git has not packed it away since."""
        return oid in self._durable and os.path.exists(f"{self._objects}/{oid[:2]}/{oid[2:]}")  # noqa: PTH110

    def _start(self, batch: _Batch, oid: str, packed: bytes) -> None:
        folder = f"{self._objects}/{oid[:2]}"
        descriptor, temporary = self._create(batch, folder)
        batch.files.append((descriptor, temporary, f"{folder}/{oid[2:]}"))
        batch.folders.add(folder)
        write_all(descriptor, packed)
        if self._sharing is not None:
            os.fchmod(descriptor, shared_mode(_READ_ONLY, self._sharing))

    def _create(self, batch: _Batch, folder: str) -> tuple[int, str]:
        """Open a temporary file with the prefix that git's own clean-up looks for."""
        while True:
            try:
                return create_temporary(f"{folder}/", "tmp_obj_", _READ_ONLY)
            except FileNotFoundError:  # new, or git gc has just removed the empty folder
                with contextlib.suppress(FileExistsError):
                    Path(folder).mkdir()
                    batch.has_new_folder = True
                    self._share_folder(folder)

    def _share_folder(self, folder: str) -> None:
        if self._sharing is not None:
            path = Path(folder)
            path.chmod(shared_mode(path.stat().st_mode & 0o777, self._sharing, is_folder=True))
