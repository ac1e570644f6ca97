"""Entries that were acknowledged and are gone from the ledger's ref."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LostEntry:
    """The last entry of a chain that the ledger lacks.

    Args:
        oid: the entry.
        resource: what it added, in words; empty if that is not known.
        height: what it states; None if the object is gone.
        count: how many entries are missing, as far as they can be read.
    """

    oid: str
    resource: str
    height: int | None
    count: int

    @property
    def is_here(self) -> bool:
        """Whether it can be read, so that it can be brought back."""
        return self.height is not None


@dataclass(frozen=True, slots=True)
class Recovered:
    """The result of bringing entries back.

    Args:
        lost: what was missing.
        tip: the ledger's tip afterwards; None if there is still no ledger.
        restored: the chains that are on the ledger again.
        failures: (entry, why) of those that are not.
    """

    lost: tuple[LostEntry, ...]
    tip: str | None
    restored: tuple[str, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
