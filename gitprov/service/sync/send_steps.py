"""Cuts what is to be sent into steps that a server judges in a few seconds each (7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitprov.codec.commit import read_links
from gitprov.errors import Code, StorageError
from gitprov.model.receipt import Notice
from gitprov.model.remote import PushAnswer, PushState
from gitprov.service.ledger.view import LedgerView

MOST_ENTRIES = 1_000
"""Entries in one step; a server has 5 s for all its hooks together (7.1)."""
TOO_MUCH = frozenset({PushState.TOO_LARGE, PushState.CUT_OFF})
_LIMITS = "client_max_body_size of nginx, or receive.maxInputSize of git"


class StepSize:
    """How many entries one push may hold; it shrinks where a server takes fewer.

    Args:
        entries: to begin with; None is MOST_ENTRIES.
    """

    def __init__(self, entries: int | None = None) -> None:
        self.entries = entries or MOST_ENTRIES
        self._reason = ""

    def shrink(self, remote: str, entries: int, answer: PushAnswer) -> None:
        """Halve it, after a push of so many entries was too large or was cut off.

        Raises:
            StorageError: not even the least is taken: GPV-413-LIMIT; GPV-507-STORAGE, cut off.
        """
        if entries <= 1 or self.entries <= 1:
            raise _too_large(remote, answer, "even of one entry" if entries <= 1 else "of a merge")
        self.entries = min(self.entries, entries) // 2
        self._reason = answer.reason

    def notices(self, remote: str) -> tuple[Notice, ...]:
        """Tell whoever pushes of the limit that was met, if one was."""
        if not self._reason:
            return ()
        text = f"{remote!r} takes {self.entries} entries at a time, and not twice as many"
        remedy = f"raise its limit ({_LIMITS}), or: git config gitprov.pushEntries {self.entries}"
        return (Notice(Code.LIMIT, f"{text} ({self._reason}); {remedy}"),)


def require_taken(remote: str, answer: PushAnswer, what: str) -> None:
    """Refuse an answer that says of a push which cannot be divided that it was too large.

    Raises:
        StorageError: GPV-413-LIMIT; GPV-507-STORAGE, it was cut off.
    """
    if answer.state in TOO_MUCH:
        raise _too_large(remote, answer, what)


def _too_large(remote: str, answer: PushAnswer, what: str) -> StorageError:
    if answer.state is PushState.CUT_OFF:
        remedy = f"check the network, then the server's limits, such as {_LIMITS}"
        text = f"the connection to {remote!r} was cut during a push {what} ({answer.reason})"
        code = Code.STORAGE
    else:
        remedy = f"raise that limit, such as {_LIMITS}"
        text = f"the remote {remote!r} takes no push {what} ({answer.reason})"
        code = Code.LIMIT
    details = {"remote": remote, "reason": answer.reason, "remedy": remedy}
    return StorageError(code, f"{text}; {remedy}", **details)


@dataclass(frozen=True, slots=True)
class PushStep:
    """One push.

    Args:
        tip: an entry on our first-parent chain.
        entries: how many entries it adds to the earlier steps.
    """

    tip: str
    entries: int


def plan_steps(
    view: LedgerView, oids: Sequence[str], ours: str, most: int | None = None
) -> Iterator[PushStep]:
    """Yield steps along our first-parent chain, the last one at our tip.

    Args:
        oids: the entries that the remote has not, parents first.
        most: entries in one step, MOST_ENTRIES if None; the entries of one merge stay
            together.
    """
    limit = MOST_ENTRIES if most is None else most
    spine = set(_spine(view, frozenset(oids), ours))
    count = 0
    for oid in oids:
        count += 1
        if oid == ours or (count >= limit and oid in spine):
            yield PushStep(oid, count)
            count = 0


def _spine(view: LedgerView, fresh: frozenset[str], ours: str) -> Iterator[str]:
    oid = ours
    while oid in fresh:
        yield oid
        parents = read_links(view.commit(oid))[1]
        if not parents:
            return
        oid = parents[0]
