"""The time, and fresh ids."""

from __future__ import annotations

from typing import Protocol


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
