"""The refs of one repository."""

from __future__ import annotations

from typing import Protocol


class RefStore(Protocol):
    """Reads and moves one repository's refs by compare-and-swap."""

    def get(self, name: str) -> str | None:
        """Return the oid of a direct ref, None if absent; GPV-403-REF-FORBIDDEN if symbolic."""
        ...

    def swap(self, name: str, new: str, expected: str | None) -> None:
        """Move a ref from ``expected`` (None: must not exist) to ``new``, durably.

        Raises:
            RefMovedError: GPV-409-STALE, another process moved it first.
            StorageError: GPV-503-BUSY (locked by a live process), GPV-507-STORAGE.
        """
        ...
