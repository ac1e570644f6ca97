"""Reads raw objects (each one hashed again) and writes them durably."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pygit2

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.store.durable import read_file
from gitprov.store.loose import LooseWriter
from gitprov.store.pack import PackWriter

_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_NOT_OURS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}
)
# Above this many objects one pack is faster than single files; see docs/benchmarks.md.
PACK_FROM = 60


class PygitObjects:
    """ObjectReader and ObjectWriter on a repository that libgit2 has opened.

    Args:
        repository: from open_ledger_repository or open_in_hook.
        is_partial: the repository is a partial clone; what is missing is then not fetched
            rather than lost.
        loose: writer of single objects; None makes this a reader only.
        pack: writer of many objects at once.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        *,
        is_partial: bool = False,
        loose: LooseWriter | None = None,
        pack: PackWriter | None = None,
    ) -> None:
        self._repository = repository
        self._odb = repository.odb
        self._folder = Path(repository.path) / "objects"
        self._is_partial = is_partial
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
        try:
            size = self._odb.read_header(oid)[1]
            if size <= limit:
                kind, content = self._odb.read(oid)
                return _TYPES[kind], content
        except (pygit2.GitError, KeyError, ValueError, OSError, MemoryError) as error:
            raise self._failure(oid, error) from error
        raise StorageError(
            Code.LIMIT,
            f"object {oid} has {size} bytes, more than the {limit} allowed here",
            oid=oid,
            size=size,
            limit=limit,
        )

    def has(self, oid: str) -> bool:
        """Whether the object is in the store; it may still turn out to be damaged."""
        try:
            return oid in self._odb
        except (pygit2.GitError, ValueError, OSError):
            return False

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs, durable when this returns; return their oids in order.

        Many objects go into one pack, few into single files. Objects become visible in the
        order given or all at once, so put what is referenced before what refers to it.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if self._loose is None:
            raise StorageError(Code.STORAGE, "this repository was opened for reading only")
        if self._pack is not None and len(objects) >= PACK_FROM:
            return self._pack.write(objects)
        return self._loose.write(objects)

    def _failure(self, oid: str, error: Exception) -> StorageError:
        blocked = _first_blocked(self._folder, oid)
        if blocked is not None or isinstance(error, MemoryError):
            reason = (blocked.strerror if blocked else None) or "out of memory"
            return StorageError(
                Code.INTERNAL,
                f"object {oid} could not be read: {reason};"
                " check permissions and limits of this account, then try again",
                oid=oid,
                remedy="check permissions and limits of this account, then try again",
            )
        is_missing = isinstance(error, KeyError)
        if is_missing and self._is_partial:
            remedy = "fetch it whole: git fetch --refetch --no-filter"
            return UnsupportedRepositoryError(
                Code.REPO_UNSUPPORTED,
                f"object {oid} was not fetched by this partial clone; {remedy}",
                oid=oid,
                remedy=remedy,
            )
        remedy = "run git fsck and restore the object from another clone"
        reason = "is missing" if is_missing else f"is damaged ({error})"
        return StorageError(
            Code.STORE_CORRUPT, f"object {oid} {reason}; {remedy}", oid=oid, remedy=remedy
        )


def _first_blocked(folder: Path, oid: str) -> OSError | None:
    """Return the system's reason why this process may not read the object, if it has one.

    libgit2 reports a file without read permission like a missing or damaged object; "could
    not find out" must not look like "corrupt".
    """
    for path in _carriers(folder, oid):
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            if error.errno in _NOT_OURS:
                return error
    return None


def _carriers(folder: Path, oid: str) -> Iterator[Path]:
    """Yield every file and folder that may hold the object, alternates included."""
    for objects in (folder, *_alternates(folder)):
        yield objects
        yield objects / oid[:2]
        yield objects / oid[:2] / oid[2:]
        packs = objects / "pack"
        yield packs
        try:
            names = sorted(os.listdir(packs))
        except OSError:
            continue
        yield from (packs / name for name in names if name.endswith((".idx", ".pack")))


def _alternates(folder: Path) -> list[Path]:
    try:
        text = read_file(folder / "info" / "alternates", 1024 * 1024)
    except OSError:
        return []
    lines = os.fsdecode(text).splitlines()
    return [folder / line for line in lines if line and not line.startswith("#")]
