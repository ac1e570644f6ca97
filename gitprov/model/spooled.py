"""The content of the spool: files of records, and one record among them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """A file for the spool.

    Args:
        fingerprint: the key that will sign its records.
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
