"""What the use cases need from the outside, as narrow protocols.

Adapters satisfy them structurally; they never import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # what few commands need is not loaded for its names
    from gitprov.model.entry import CertificateFacts
    from gitprov.model.remote import PushAnswer, RemoteTips
    from gitprov.model.server_hook import HookFile
    from gitprov.model.spooled import SpooledRecord, SpoolFile


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


class TreeBuilder(Protocol):
    """Builds the trees of a new entry; nothing is written."""

    def union(self, left: str, right: str) -> tuple[str, list[bytes]]:
        """Unite two root trees exactly.

        Returns:
            The root's id, and every tree object that neither side has.

        Raises:
            StorageError: GPV-409-MERGE-REWRITE, one path with two contents.
        """
        ...

    def insert_files(self, root: str | None, files: Mapping[str, str]) -> tuple[str, list[bytes]]:
        """Add path -> blob id to a root tree (None: empty).

        Returns:
            The new root's id, and every new tree object, folders before what holds them.

        Raises:
            StorageError: GPV-409-DUPLICATE, a path is taken.
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

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
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

    def claim(self, files: Sequence[SpoolFile], is_free: Callable[[], bool]) -> bool:
        """Store all files, if that says yes with no other claim between; else return False."""
        ...

    def find(self, keys: Collection[tuple[str, str]]) -> list[SpooledRecord]:
        """Return what waits under one of these (kind, id), for whichever signer."""
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

    def holds(self, record_id: str) -> bool:
        """Whether a record of that id waits, for whichever signer."""
        ...

    def waits(self, fingerprint: str, name: str) -> bool:
        """Whether a file is still there; cheap, for asking again and again."""
        ...

    def drop(self, fingerprint: str, *names: str) -> None:
        """Forget files; it is no error if they are gone."""
        ...

    def set_aside(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> None:
        """Keep records that can never land where they block nobody, with the reason."""
        ...


class WriterLock(Protocol):
    """Serialises the writers of one repository."""

    def hold(
        self, timeout: float, is_needless: Callable[[], bool] = ...
    ) -> AbstractContextManager[bool]:
        """Hold the lock; StorageError GPV-503-BUSY after ``timeout`` seconds.

        Args:
            timeout: seconds to wait.
            is_needless: asked before each try; when it says yes the block runs at once,
                without the lock.

        Returns:
            Whether the lock is held.
        """
        ...


class AuditLog(Protocol):
    """The hash-chained local log of refusals and key use (6.5)."""

    def append(self, event: Mapping[str, str]) -> None:
        """Add one event; a failure is reported by the caller, never raised to a user."""
        ...


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
            RefMovedError: GPV-409-STALE, somebody else moved the ref.
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


class CodeCommit(Protocol):
    """A commit of the code repository: oids of 40 hex, 64 in a SHA-256 repository."""

    @property
    def commit(self) -> str:
        """Its oid."""
        ...

    @property
    def tree(self) -> str:
        """Its tree's oid."""
        ...

    @property
    def patch_id(self) -> str | None:
        """Its stable patch id, None where it has none."""
        ...


class CodeRepository(Protocol):
    """Reads the repository that the ledger documents, whatever kind it is."""

    def head(self) -> str:
        """Return HEAD's oid (64 digits in a SHA-256 repository), ``unborn`` without a commit."""
        ...

    def is_dirty(self, paths: Sequence[str], head: str | None = None) -> bool:
        """Whether any of these files (relative to the work tree) differs from HEAD.

        Args:
            paths: the files.
            head: what ``head`` has just said, None to ask again.
        """
        ...

    def resolve_commit(self, rev: str) -> CodeCommit:
        """Return the commit of a revision; UsageError if there is none."""
        ...


class WorkFiles(Protocol):
    """Reads the files that a run names."""

    def digest(self, path: str) -> tuple[str, int]:
        """Return (SHA-256 hex, size) of a file named as a user typed it.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is no readable regular file.
        """
        ...

    def relative(self, path: str) -> str:
        """Turn a path as a user typed it into one relative to the work tree, POSIX, NFC.

        Raises:
            UsageError: GPV-422-ARGUMENT, it lies outside.
        """
        ...


class SourceIndex(Protocol):
    """Knows which run a source triple was recorded as, on this machine."""

    def find(self, system: str, session_id: str, turn_id: str | None) -> str | None:
        """Return the run id, None if the triple is not known."""
        ...

    def add(self, system: str, session_id: str, turn_id: str | None, run_id: str) -> None:
        """Remember a triple, durably."""
        ...


class Maintenance(Protocol):
    """Keeps the repository fit for use."""

    def after_append(self) -> None:
        """Start ``git gc --auto`` in the background where there are many loose objects."""
        ...


class Remotes(Protocol):
    """Talks to the remotes of a repository; moves no ref here, forces nothing there."""

    def names(self) -> list[str]:
        """Return the names of the remotes, sorted."""
        ...

    def tips(self, remote: str, refs: Sequence[str]) -> RemoteTips:
        """Ask a remote where these refs stand.

        Raises:
            UsageError: GPV-422-ARGUMENT, there is no such remote, or its protocol is not allowed.
            StorageError: GPV-507-STORAGE, it cannot be reached; GPV-408-TIMEOUT.
        """
        ...

    def fetch(self, remote: str, refs: Sequence[str]) -> None:
        """Bring everything behind these refs here, durable when this returns; moves no ref.

        Raises:
            UsageError, StorageError: as tips.
        """
        ...

    def push(self, remote: str, oid: str, ref: str) -> PushAnswer:
        """Ask a remote to move a ref forward to an object of ours.

        Raises:
            UsageError, StorageError: as tips; whether it was accepted is then not known.
        """
        ...


class SeenTips(Protocol):
    """Remembers the last tip seen of each remote, apart from any ref."""

    def get(self, remote: str) -> tuple[str, int] | None:
        """Return (object id, height), None if none is known."""
        ...

    def put(self, remote: str, tip: str, height: int) -> None:
        """Remember a tip, durable when this returns; StorageError GPV-507-STORAGE."""
        ...


class HookFiles(Protocol):
    """Looks at the hooks of a server's repository, never through a symbolic link."""

    def read(self, path: Path) -> HookFile | None:
        """Return a hook, None if there is none.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is no regular file.
            StorageError: GPV-500-INTERNAL, it cannot be read.
        """
        ...

    def names(self, folder: Path) -> list[str] | None:
        """Return the names in a folder, None if there is no such folder.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is a symbolic link or no folder.
        """
        ...
