"""The result of ``gitprov reappend``."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.model.receipt import Notice


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A file of an old entry that did not move over.

    Args:
        path: in the ledger's tree.
        entry: object id of the old entry.
        reason: why, in one sentence.
    """

    path: str
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reappended:
    """The records of entries that could not land, appended again or not.

    Args:
        remote: whose ledger the records are on now.
        parked: the ref that keeps the old entries; None if there were none.
        records: how many records were handed in again.
        known: how many the remote has already, in entries of its own.
        left: what stays with the old entries only.
        entries: how many new entries carry them.
        waiting: how many records wait in the spool.
        warnings: what went wrong without losing anything.
    """

    remote: str
    tip: str
    parked: str | None = None
    records: int = 0
    known: int = 0
    left: tuple[LeftBehind, ...] = ()
    entries: int = 0
    waiting: int = 0
    warnings: tuple[Notice, ...] = ()
