"""Cuts what is to be sent into steps that a server judges in a few seconds each (7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitprov.codec.commit import read_links
from gitprov.errors import Code, StorageError
from gitprov.service.ledger.view import LedgerView

MOST_ENTRIES = 1_000
"""Entries in one step; a server has 5 s for all its hooks together (7.1)."""
_REMEDY = "raise that limit, such as client_max_body_size of nginx, or receive.maxInputSize of git"


class StepSize:
    """How many entries one push may hold; it shrinks where a server takes fewer.

    Args:
        entries: to begin with; None is MOST_ENTRIES.
    """

    def __init__(self, entries: int | None = None) -> None:
        self.entries = entries or MOST_ENTRIES

    def shrink(self, remote: str, entries: int, reason: str) -> None:
        """Halve it, after a push of so many entries was too large.

        Raises:
            StorageError: GPV-413-LIMIT, not even one entry is taken.
        """
        if entries <= 1:
            text = f"the remote {remote!r} takes no push of even one entry ({reason}); {_REMEDY}"
            raise StorageError(Code.LIMIT, text, remote=remote, reason=reason, remedy=_REMEDY)
        self.entries = max(1, min(self.entries, entries) // 2)


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
        view: reads the ledger.
        oids: the entries that the remote has not, parents first.
        ours: our tip.
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
