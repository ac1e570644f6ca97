"""Receipts: one for each submitted record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RecordState(StrEnum):
    """Where a record is: on the ledger, there already, or waiting in the spool."""

    RECORDED = "recorded"
    ALREADY_RECORDED = "already-recorded"
    SPOOLED = "spooled"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that came with a receipt: a stable code and one sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one record, as ``record --json`` prints it.

    Args:
        record_id: the record's id, of whatever kind.
        entry: object id of the entry that carries it, None while it waits.
        height: that entry's height, None while it waits.
        warnings: what went wrong without losing it.
    """

    record_id: str
    entry: str | None
    height: int | None
    state: RecordState
    warnings: tuple[Notice, ...] = ()

    @property
    def run_id(self) -> str:
        """The same id by the name that ``--json`` gives it."""
        return self.record_id
