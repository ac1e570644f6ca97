"""Git objects: read, written, and the trees of a new entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class ObjectReader(Protocol):
    """Reads raw Git objects; every read is hashed again."""

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return (type, bytes) of an object of at most ``limit`` bytes.

        Raises:
            StorageError: GPV-413-LIMIT (size is looked up before inflating),
                GPV-500-STORE-CORRUPT (missing, damaged, wrong hash),
                GPV-501-REPO-UNSUPPORTED (promised by a partial clone, not fetched),
                GPV-500-INTERNAL (not readable for lack of permission).
        """
        ...


class ObjectWriter(Protocol):
    """Writes raw Git objects durably."""

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs, fsynced when this returns; returns their ids.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        ...


class TreeBuilder(Protocol):
    """Builds the trees of a new entry; nothing is written."""

    def union(self, left: str, right: str) -> tuple[str, list[bytes]]:
        """Unite two root trees exactly.

        Returns:
            The root's id, and every tree object that neither side has.

        Raises:
            StorageError: GPV-409-MERGE-REWRITE, one path with two contents.
        """
        ...

    def insert_files(self, root: str | None, files: Mapping[str, str]) -> tuple[str, list[bytes]]:
        """Add path -> blob id to a root tree (None: empty).

        Returns:
            The new root's id, and every new tree object, folders before what holds them.

        Raises:
            StorageError: GPV-409-DUPLICATE, a path is taken.
        """
        ...
