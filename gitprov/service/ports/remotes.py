"""Remotes, and their last known tips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gitprov.model.remote import PushAnswer, RemoteTips


class Remotes(Protocol):
    """Talks to the remotes of a repository; moves no ref here, forces nothing there."""

    def names(self) -> list[str]:
        """Return the names of the remotes, sorted."""
        ...

    def tips(self, remote: str, refs: Sequence[str]) -> RemoteTips:
        """Ask a remote for the tips of these refs.

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
