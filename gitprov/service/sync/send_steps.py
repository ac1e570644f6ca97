"""Cuts what is to be sent into steps that a server judges in a few seconds each (7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitprov.codec.commit import read_links
from gitprov.service.ledger.view import LedgerView

MOST_ENTRIES = 1_000
"""Entries in one step; a server has 5 s for all its hooks together (7.1)."""


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
