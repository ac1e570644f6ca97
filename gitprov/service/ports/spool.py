"""The spool, and the index of recorded sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from gitprov.model.spooled import SpooledRecord, SpoolFile


class Spool(Protocol):
    """Keeps canonical records durably until they are on the ledger."""

    def put(self, fingerprint: str, name: str, records: Sequence[bytes]) -> None:
        """Store one file of records (a batch is one file), fsynced when this returns."""
        ...

    def claim(self, files: Sequence[SpoolFile], is_free: Callable[[], bool]) -> bool:
        """Store all files, if that says yes with no other claim between; else return False."""
        ...

    def find(self, keys: Collection[tuple[str, str]]) -> list[SpooledRecord]:
        """Return what waits under one of these (kind, id), for any signer."""
        ...

    def refusal(self, fingerprint: str, record: bytes) -> str | None:
        """Return why a record was set aside, None if it was not."""
        ...

    def names(self, fingerprint: str) -> list[str]:
        """Names waiting for that signer, oldest first."""
        ...

    def get(self, fingerprint: str, name: str) -> list[bytes]:
        """Read the records of one waiting file."""
        ...

    def record_ids(self) -> frozenset[str]:
        """Return the ids of all records that wait, for any signer; reads every file."""
        ...

    def waits(self, fingerprint: str, name: str) -> bool:
        """Whether a file is still there; cheap, for asking again and again."""
        ...

    def drop(self, fingerprint: str, *names: str) -> None:
        """Forget files; it is not an error if they are gone."""
        ...

    def set_aside(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> bool:
        """Keep records that can never land apart, with the reason; False if they were already."""
        ...


class SourceIndex(Protocol):
    """Knows which run a source triple was recorded as, on this machine."""

    def find(self, system: str, session_id: str, turn_id: str | None) -> str | None:
        """Return the run id, None if the triple is not known."""
        ...

    def add(self, system: str, session_id: str, turn_id: str | None, run_id: str) -> None:
        """Remember a triple, durably."""
        ...
