"""The writer lock, the audit log, and maintenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol


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

    def append(self, event: Mapping[str, str | Mapping[str, str]]) -> None:
        """Add one event; a failure is reported by the caller, never raised to a user."""
        ...


class Maintenance(Protocol):
    """Keeps the repository fit for use."""

    def after_append(self) -> None:
        """Start ``git gc --auto`` in the background where there are many loose objects."""
        ...
