"""New objects on top of a repository, so that an entry is judged before it is written."""

from __future__ import annotations

from gitprov.errors import Code, StorageError
from gitprov.gitraw.item import object_id
from gitprov.service.ports.objects import ObjectReader


class Overlay:
    """An ObjectReader that sees objects which are not written yet.

    Args:
        below: the repository.
    """

    def __init__(self, below: ObjectReader) -> None:
        self._below = below
        self._new: dict[str, tuple[str, bytes]] = {}

    def add(self, kind: str, content: bytes) -> str:
        """Put an object on top; returns its id."""
        oid = object_id(kind, content)
        self._new[oid] = (kind, content)
        return oid

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return (type, bytes), as ObjectReader.read."""
        known = self._new.get(oid)
        if known is None:
            return self._below.read(oid, limit)
        if len(known[1]) > limit:
            raise StorageError(Code.LIMIT, f"{oid[:12]} has {len(known[1])} bytes, not {limit}")
        return known

    def objects(self) -> list[tuple[str, bytes]]:
        """Return what is new, in the order it was added."""
        return list(self._new.values())
