"""What the use cases need from the outside, as narrow protocols.

Adapters satisfy them structurally; they never import this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from gitprov.model.entry import CertificateFacts


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


class RefStore(Protocol):
    """Reads and moves one repository's refs by compare-and-swap."""

    def get(self, name: str) -> str | None:
        """Return the oid of a direct ref, None if absent; GPV-403-REF-FORBIDDEN if symbolic."""
        ...

    def swap(self, name: str, new: str, expected: str | None) -> None:
        """Move a ref from ``expected`` (None: must not exist) to ``new``, durably.

        Raises:
            RefMovedError: GPV-409-STALE, somebody moved it first.
            StorageError: GPV-503-BUSY (locked by a live process), GPV-507-STORAGE.
        """
        ...


class SignatureEngine(Protocol):
    """Checks signatures against one pinned certificate, never a user's keyring."""

    name: str

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate file apart; SignatureError GPV-422-POLICY if it is none."""
        ...

    def is_good(
        self, payload: bytes, signature: bytes, certificate: bytes, seconds: int
    ) -> bool:
        """Whether the detached signature over ``payload`` is by a key of ``certificate``.

        Judged as of ``seconds`` (the signature's creation time), so that a key which expired
        since is still good. Expiry, revocation and capability are judged by the caller from
        CertificateFacts as well.

        Raises:
            SignatureUnknownError: the engine could not find out.
        """
        ...


class Signer(Protocol):
    """Makes detached signatures with the user's own keys."""

    def sign(self, payload: bytes, fingerprint: str) -> bytes:
        """Return the canonical armoured block (LF, no headers, no final LF).

        Raises:
            SignatureError: GPV-403-KEY-EXPIRED, -KEY-REVOKED, -UNKNOWN-KEY.
            SignatureUnknownError: GPV-503-SIGNER (no agent, no passphrase, time limit).
        """
        ...


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...


class Ids(Protocol):
    """Makes fresh identifiers."""

    def uuid4(self) -> str:
        """Return a random UUIDv4, lower case."""
        ...

    def uuid7(self, ms: int) -> str:
        """Return a UUIDv7 of that time, lower case; later calls sort later."""
        ...


class Spool(Protocol):
    """Keeps canonical records durably until they are on the ledger."""

    def put(self, fingerprint: str, name: str, records: Sequence[bytes]) -> None:
        """Store one file of records (a batch is one file), fsynced when this returns."""
        ...

    def names(self, fingerprint: str) -> list[str]:
        """Names waiting for that signer, oldest first."""
        ...

    def get(self, fingerprint: str, name: str) -> list[bytes]:
        """Read the records of one waiting file."""
        ...

    def drop(self, fingerprint: str, name: str) -> None:
        """Forget a file; it is no error if it is gone."""
        ...

    def set_aside(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> None:
        """Keep records that can never land where they block nobody, with the reason."""
        ...


class WriterLock(Protocol):
    """Serialises the writers of one repository."""

    def hold(self, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock; StorageError GPV-503-BUSY after ``timeout`` seconds."""
        ...


class AuditLog(Protocol):
    """The hash-chained local log of refusals and key use (6.5)."""

    def append(self, event: Mapping[str, str]) -> None:
        """Add one event; a failure is reported by the caller, never raised to a user."""
        ...
