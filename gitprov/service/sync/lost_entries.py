"""Finds entries that were acknowledged here and are gone from the ledger's ref (6.5, 12).

A forced fetch, `update-ref` or a restored backup moves a ref without asking anybody. The audit log
knows every entry that a key of this repository signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gitprov.errors import Code, GitprovError
from gitprov.model.lost import LostEntry
from gitprov.service.ledger.new_entries import find_new_entries
from gitprov.service.ledger.relation import TipRelation, relate
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.objects import TreeBuilder


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An entry as the audit log knows it.

    Args:
        oid: the entry.
        resource: what it added, in words; empty if that is not known.
    """

    oid: str
    old: str
    resource: str


class LostEntries:
    """Compares what was acknowledged with a tip.

    Args:
        trees: unites trees, without writing any.
        parked: the tips that reappend has parked. It named what could not land, and what they
            hold is not lost.
    """

    def __init__(self, view: LedgerView, trees: TreeBuilder, parked: Sequence[str]) -> None:
        self._view = view
        self._trees = trees
        self._parked = parked

    def find(self, tip: str | None, acknowledged: Sequence[Acknowledged]) -> list[LostEntry]:
        """Return the last entry of every chain whose records the tip has not; newest first."""
        lost: list[LostEntry] = []
        for entry in _heads(acknowledged):
            found = self.check(tip, entry)
            known = [each.oid for each in lost if each.is_here]
            if found is None or any(self._holds(oid, entry.oid) for oid in known):
                continue
            lost.append(found)
        return lost

    def check(self, tip: str | None, entry: Acknowledged) -> LostEntry | None:
        """Return an entry if the tip lacks its records; None if it has them all."""
        if tip is not None and (tip == entry.oid or self._holds(tip, entry.oid)):
            return None
        try:
            there = read_tip(self._view, entry.oid)
        except GitprovError:
            return LostEntry(entry.oid, entry.resource, None, 1)
        if any(self._reaches(parked, entry.oid) for parked in self._parked):
            return None
        count = there.claims.height + 1
        if tip is not None:
            try:
                if read_tip(self._view, tip).claims.ledger_id != there.claims.ledger_id:
                    return None  # records moved over to another ledger: reappend --genesis
                count = len(find_new_entries(self._view, tip, entry.oid).positions)
            except GitprovError:
                count = 1
        return LostEntry(entry.oid, entry.resource, there.claims.height, count)

    def _holds(self, tip: str, oid: str) -> bool:
        """Whether a tip has every record of an entry, in whatever entries of its own."""
        if tip == oid:
            return True
        try:
            one, two = read_tip(self._view, tip), read_tip(self._view, oid)
            return self._unites(one, two)
        except GitprovError:
            return False

    def _reaches(self, tip: str, oid: str) -> bool:
        """Whether an entry is a tip or behind it."""
        try:
            return relate(self._view, oid, tip).stand in {TipRelation.EQUAL, TipRelation.BEHIND}
        except GitprovError:
            return False

    def _unites(self, one: Tip, two: Tip) -> bool:
        try:
            root, _ = self._trees.union(one.commit.tree, two.commit.tree)
        except GitprovError as reason:
            if reason.code is Code.MERGE_REWRITE:
                return False
            raise
        return root == one.commit.tree


def _heads(acknowledged: Iterable[Acknowledged]) -> Iterator[Acknowledged]:
    """Yield the last entry of every chain of entries, newest first: it holds those before it."""
    following = ""
    for entry in reversed(list(acknowledged)):
        if entry.oid != following:
            yield entry
        following = entry.old
