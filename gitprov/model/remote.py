"""Answers of a remote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RemoteTips:
    """The tips of the refs of a remote.

    Args:
        tips: ref -> object id; refs that it does not have are left out.
    """

    remote: str
    tips: Mapping[str, str]


class PushState(StrEnum):
    """The result of a push: accepted, lost to another one, refused, too large, or cut off.

    A push that was cut off may have landed all the same.
    """

    ACCEPTED = "accepted"
    RACED = "raced"
    REFUSED = "refused"
    TOO_LARGE = "too large"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """How a remote answered a push.

    Args:
        state: what became of it.
        reason: git's word for it, empty if it was accepted.
        lines: what the remote said, a line each, without control characters.
    """

    state: PushState
    reason: str = ""
    lines: tuple[str, ...] = ()
