"""The repository and the files that the ledger documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class CommitIdentity(Protocol):
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

    def has_commit(self, oid: str) -> bool:
        """Whether a commit of this full oid is here."""
        ...

    def resolve_commit(self, rev: str) -> CommitIdentity:
        """Return the commit of a revision; UsageError if there is none."""
        ...


class WorkFiles(Protocol):
    """Reads the files that a run names."""

    def digest(self, path: str) -> tuple[str, int]:
        """Return (SHA-256 hex, size) of a file named as a user typed it.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is not a readable regular file.
        """
        ...

    def relative(self, path: str) -> str:
        """Turn a path as a user typed it into one relative to the work tree, POSIX, NFC.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is outside.
        """
        ...
