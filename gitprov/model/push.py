"""One push as a server's hook is told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One line of a push.

    Args:
        old: the object id that the pusher believes the ref to name; None makes the ref.
        new: the object id that it must name; None deletes it.
        name: the ref's full name; bytes that are not UTF-8 stand as lone surrogates.
    """

    old: str | None
    new: str | None
    name: str
