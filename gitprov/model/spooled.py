"""The content of the spool: files of records, and one record among them."""

from __future__ import annotations

from dataclasses import dataclass

DRAFTS = "drafts"
"""Stands for the key of records that wait for a ledger: nobody knows yet who will sign them."""

WAITING_ALARM = 3
"""So many files that wait are no passing trouble: a person has to look."""


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """A file for the spool.

    Args:
        fingerprint: the key that will sign its records, or DRAFTS.
        name: the file's name without its suffix.
        records: canonical bytes.
    """

    fingerprint: str
    name: str
    records: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SpooledRecord:
    """A record that waits.

    Args:
        fingerprint: the key that will sign it.
        name: the file that holds it.
        kind: run, state, ...
        record_id: its own id.
        content: canonical bytes.
    """

    fingerprint: str
    name: str
    kind: str
    record_id: str
    content: bytes
