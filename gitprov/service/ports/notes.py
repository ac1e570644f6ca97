"""The notes ref."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol


class Notes(Protocol):
    """The notes ref: derived from the ledger, never evidence (2.9)."""

    def texts(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the notes of these commits; commits without one are left out."""
        ...

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield every (commit, text)."""
        ...

    def put(self, notes: Mapping[str, str | None], seconds: int, onto: str | None = None) -> None:
        """Set notes (None removes one) in one commit, by compare-and-swap.

        Args:
            notes: code commit -> text.
            seconds: Unix seconds.
            onto: a notes commit to build on instead of ours; ours is then left behind.

        Raises:
            RefMovedError: GPV-409-STALE, another process moved the ref.
            StorageError: GPV-507-STORAGE.
        """
        ...

    def is_tidy(self) -> bool:
        """Whether the ref holds notes and no other file."""
        ...

    def replace(self, notes: Mapping[str, str], seconds: int) -> None:
        """Let the ref hold exactly these notes, whatever was there, by compare-and-swap.

        Raises:
            RefMovedError, StorageError: as put.
        """
        ...
