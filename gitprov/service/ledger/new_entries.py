"""The new entries of an update of the ledger's ref: behind the new tip, and not the old one.

The work follows from what is new, not from the ledger's size: accepted entries are listed from
the old tip downwards, by their heights, which were judged when they came in, and only as far down
as the lowest of them that something new is on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from gitprov.codec.commit import read_links
from gitprov.errors import GitprovError
from gitprov.service.ledger.parent_facts import parent_facts
from gitprov.service.ledger.topology import Topology, walk
from gitprov.service.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class NewEntries:
    """The entries of one update.

    Args:
        topology: the new entries and whatever accepted ones their judgement may look at.
        positions: where the new ones are in it, parents first.
        is_forward: the old tip is on the new tip's first-parent chain.
    """

    topology: Topology
    positions: tuple[int, ...]
    is_forward: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """An entry's claimed height, None where its message claims none, and its parents."""

    height: int | None
    parents: tuple[str, ...]


class _Accepted:
    """The entries behind an accepted tip, listed downwards as far as they are asked for."""

    def __init__(self, facts: Callable[[str], _Facts], tip: str) -> None:
        self._facts = facts
        self._waiting: list[tuple[int, str]] = []
        self._met: set[str] = set()
        self.listed: set[str] = set()
        self._meet(tip)

    def _meet(self, oid: str) -> None:
        if oid not in self._met:
            self._met.add(oid)
            heappush(self._waiting, (-(self._facts(oid).height or 0), oid))

    def list_down_to(self, height: int) -> None:
        """List every accepted entry of at least that height."""
        while self._waiting and -self._waiting[0][0] >= height:
            oid = heappop(self._waiting)[1]
            self.listed.add(oid)
            for parent in self._facts(oid).parents:
                self._meet(parent)

    def below(self) -> frozenset[str]:
        """The accepted entries right below those that are listed."""
        return frozenset(oid for _, oid in self._waiting)

    def holds(self, oid: str) -> bool:
        """Whether an entry is accepted, whatever it claims."""
        if oid in self.listed:
            return True
        try:
            facts = self._facts(oid)
            heights = [self._facts(parent).height for parent in facts.parents]
        except GitprovError:
            return False
        # An accepted entry's claim is right; a wrong one must not send the search to the bottom.
        known = [height for height in heights if height is not None]
        if len(known) < len(heights) or facts.height != 1 + max(known, default=-1):
            return False
        self.list_down_to(facts.height)
        return oid in self.listed


def find_new_entries(view: LedgerView, old: str | None, new: str) -> NewEntries:
    """Find what an update brings.

    Args:
        old: the accepted tip; None where there is no ledger yet.
        new: the tip that must follow.

    Raises:
        StorageError: an accepted entry cannot be read.
    """
    known: dict[str, _Facts] = {}

    def facts(oid: str) -> _Facts:
        if oid not in known:
            raw = view.commit(oid)
            claims = parent_facts(oid, raw).claims
            known[oid] = _Facts(None if claims is None else claims.height, read_links(raw)[1])
        return known[oid]

    def links(oid: str) -> tuple[str, ...]:
        return facts(oid).parents

    if old is None:
        topology = walk(links, new)
        return NewEntries(topology, tuple(range(len(topology))), is_forward=True)
    accepted = _Accepted(facts, old)
    base = _base_entries(links, accepted, new)
    heights = [facts(oid).height or 0 for oid in base]
    accepted.list_down_to(min(heights, default=0) if base else (facts(old).height or 0))
    topology = walk(links, new, accepted.below() if base else frozenset())
    ids = [topology.oid(position) for position in range(len(topology))]
    fresh = tuple(p for p, oid in enumerate(ids) if not accepted.holds(oid))
    forward = any(oid == old and topology.is_mainline(p) for p, oid in enumerate(ids))
    return NewEntries(topology, fresh, forward)


def _base_entries(
    links: Callable[[str], tuple[str, ...]], accepted: _Accepted, new: str
) -> set[str]:
    """The accepted entries that new ones name as parents; the new tip itself if it is accepted."""
    base: set[str] = set()
    waiting, seen = [new], {new}
    while waiting:
        oid = waiting.pop()
        if accepted.holds(oid):
            base.add(oid)
            continue
        try:
            parents = links(oid)
        except GitprovError:
            # The walk reports it.
            continue
        waiting += [parent for parent in parents if parent not in seen]
        seen.update(parents)
    return base
