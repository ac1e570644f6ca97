"""Reads raw objects, each one hashed again, and writes them durably."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pygit2

from gitprov.disk import posix
from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.git.loose import LooseWriter
from gitprov.git.pack import PackWriter
from gitprov.git.unsafe_objects import object_folders, require_whole_loose

_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_FAILURES = (pygit2.GitError, LookupError, TypeError, ValueError, OSError, MemoryError)
# Reasons of this account or machine, not with the repository.
_NOT_OURS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}
)
# Git packs after 6,700 single files or 50 packs, so a pack weighs as much as 134 files there;
# for the disk it is cheaper from 8 on. In between.
PACK_FROM = 48


class PygitObjects:
    """ObjectReader and ObjectWriter on a repository that libgit2 has opened.

    Args:
        repository: from open_ledger_repository or open_in_hook.
        folders: its object folders; none means the one in the repository itself.
        is_partial: RepositoryLocation.is_partial; what is missing is then not fetched, not lost.
        loose: writer of single objects; None makes this a reader only.
        pack: writer of many objects at once; None writes them one by one.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        *,
        folders: Sequence[Path] = (),
        is_partial: bool = False,
        loose: LooseWriter | None = None,
        pack: PackWriter | None = None,
    ) -> None:
        self._odb = repository.odb
        own = folders or (Path(repository.path) / "objects",)
        self._folders = list(dict.fromkeys(path for one in own for path in object_folders(one)))
        self._is_partial = is_partial
        # Whether the object read last was packed; its neighbours in history mostly are as well.
        self._expects_packed = False
        self._loose = loose
        self._pack = pack

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return (type, bytes) of an object of at most ``limit`` bytes.

        Raises:
            StorageError: GPV-413-LIMIT (the size is looked up before inflating),
                GPV-500-STORE-CORRUPT (missing, damaged, wrong hash),
                GPV-501-REPO-UNSUPPORTED (a partial clone has not fetched it),
                GPV-500-INTERNAL (not readable for lack of permission or of resources).
        """
        if self._expects_packed:
            try:
                return _read(self._packed, oid, limit)  # spares the look for a single file
            except _FAILURES:
                self._expects_packed = False
        try:
            self._expects_packed = not self._find_loose(oid, limit)
            return _read(self._odb, oid, limit)
        except _FAILURES as error:
            return self._read_packed(oid, limit, error)

    def has(self, oid: str) -> bool:
        """Whether the object is in the store; reading it may still find it damaged."""
        try:
            return oid in self._odb
        except _FAILURES:
            return False

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs, durable when this returns; return their oids in order.

        Many objects go into one pack, few into single files. An object that refers to another one
        should be written after it, in a later call or later in the same one.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if self._loose is None:
            raise StorageError(Code.STORAGE, "this repository was opened for reading only")
        if self._pack is not None and len(objects) >= PACK_FROM:
            try:
                return self._pack.write(objects)
            except UnsupportedRepositoryError:
                pass  # no git program: slower, but as safe
        return self._loose.write(objects)

    def _find_loose(self, oid: str, limit: int) -> bool:
        """Whether there is a single file of the object, which libgit2 must survive reading."""
        found = False
        for folder in self._folders:
            path = f"{folder}/{oid[:2]}/{oid[2:]}"
            if os.access(path, os.F_OK):
                require_whole_loose(path, limit)
                found = True
        return found

    @cached_property
    def _packed(self) -> pygit2.Odb:
        odb = pygit2.Odb()
        for folder in self._folders:
            odb.add_backend(pygit2.OdbBackendPack(str(folder)), 1)
        return odb

    def _read_packed(self, oid: str, limit: int, first: Exception) -> tuple[str, bytes]:
        """Try the packs alone: libgit2 stops at a damaged single file, git does not."""
        try:
            return _read(self._packed, oid, limit)
        except _FAILURES:
            raise self._failure(oid, first) from first

    def _failure(self, oid: str, error: Exception) -> StorageError:
        """Tell damage from what this process was not able to find out."""
        blocked = error if isinstance(error, MemoryError) else _first_blocked(self._folders, oid)
        if blocked is not None:
            remedy = "check the permissions and limits of this account, then try again"
            reason = getattr(blocked, "strerror", None) or "out of memory"
            return StorageError(
                Code.INTERNAL,
                f"object {oid} could not be read: {reason}; {remedy}",
                oid=oid,
                remedy=remedy,
            )
        is_missing = isinstance(error, KeyError)
        if is_missing and self._is_partial:
            remedy = "fetch everything: git fetch --refetch --no-filter"
            return UnsupportedRepositoryError(
                Code.REPO_UNSUPPORTED,
                f"object {oid} was not fetched by this partial clone; {remedy}",
                oid=oid,
                remedy=remedy,
            )
        remedy = "run git fsck, and restore the object from another clone"
        reason = "is missing" if is_missing else f"is damaged ({error})"
        return StorageError(
            Code.STORE_CORRUPT, f"object {oid} {reason}; {remedy}", oid=oid, remedy=remedy
        )


def _read(odb: pygit2.Odb, oid: str, limit: int) -> tuple[str, bytes]:
    size = odb.read_header(oid)[1]
    if size <= limit:
        kind, content = odb.read(oid)
        return _TYPES[kind], content
    raise StorageError(
        Code.LIMIT,
        f"object {oid} has {size} bytes, more than the {limit} allowed here",
        oid=oid,
        size=size,
        limit=limit,
    )


def _first_blocked(folders: Sequence[Path], oid: str) -> OSError | None:
    """Return the system's reason why this process may not read the object, if it has one.

    libgit2 reports a file without read permission as missing or damaged; "could not find out"
    must not look like "corrupt".
    """
    for path in _carriers(folders, oid):
        try:
            os.close(os.open(path, posix.READ | posix.NONBLOCK))
        except OSError as error:
            if error.errno in _NOT_OURS:
                return error
    return None


def _carriers(folders: Sequence[Path], oid: str) -> Iterator[Path]:
    """Yield every file and folder that may hold the object."""
    for objects in folders:
        packs = objects / "pack"
        yield from (objects, objects / oid[:2], objects / oid[:2] / oid[2:], packs)
        try:
            names = sorted(path.name for path in packs.iterdir())
        except OSError:
            continue
        yield from (packs / name for name in names if name.endswith((".idx", ".pack")))
