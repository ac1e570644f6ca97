"""How two tips of ledgers compare with each other: equal, ahead, behind, beside (2.8, V16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gitprov.codec.commit import read_links
from gitprov.errors import GitprovError
from gitprov.guard.pins import Pin, check_pins
from gitprov.model.finding import Finding
from gitprov.service.ledger.new_entries import NewEntries, find_new_entries
from gitprov.service.ledger.parent_facts import parent_facts
from gitprov.service.ledger.view import LedgerView


class TipRelation(StrEnum):
    """How ours compares with theirs."""

    EQUAL = "equal"
    AHEAD = "ahead"
    BEHIND = "behind"
    BESIDE = "beside"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Relation:
    """How ours compares with theirs.

    Args:
        stand: AHEAD means that theirs is part of ours.
        ours: object ids of the entries that only we have, parents first.
        theirs: how many entries only they have.
        is_forward: theirs is on our first-parent chain, so that it may move to ours as it is.
    """

    stand: TipRelation
    ours: tuple[str, ...]
    theirs: int
    is_forward: bool


def relate(view: LedgerView, ours: str, theirs: str) -> Relation:
    """Find out how our tip compares with theirs; the work follows from what is different.

    Raises:
        StorageError: an entry cannot be read.
    """
    if ours == theirs:
        return Relation(TipRelation.EQUAL, (), 0, is_forward=True)
    mine = find_new_entries(view, theirs, ours)
    others = find_new_entries(view, ours, theirs)
    fresh = _ids(mine)
    stand = TipRelation.BESIDE
    if not others.positions:
        stand = TipRelation.AHEAD
    elif not fresh:
        stand = TipRelation.BEHIND
    elif _has_first_entry(view, fresh):
        stand = TipRelation.UNRELATED
    return Relation(stand, fresh, len(others.positions), mine.is_forward)


def check_rewind(view: LedgerView, tip: str, pins: Sequence[Pin]) -> list[Finding]:
    """Compare a remote's tip with earlier ones: it only ever goes forward (V16).

    Args:
        view: reads what came.
        tip: the remote's tip, not judged yet.
        pins: tips that were its tip before.
    """
    lowest = min((pin.height for pin in pins), default=0)
    places = dict.fromkeys(_met(view, tip, {pin.tip for pin in pins}, lowest), True)
    height = _height(view, tip)
    return check_pins(None, None, pins, places, -1 if height is None else height)


def off_chain(view: LedgerView, tip: str, oids: Iterable[str]) -> list[str]:
    """Name the entries that are not on a tip's first-parent chain; pruned ones are not (7.1).

    Args:
        tip: an entry that was judged, as its whole chain was.
        oids: the entries to look for.
    """
    wanted = {oid: _height(view, oid) for oid in oids if oid != tip}
    heights = [height for height in wanted.values() if height is not None]
    met = _met(view, tip, set(wanted), min(heights)) if heights else set()
    return [oid for oid in wanted if oid not in met]


def _met(view: LedgerView, tip: str, wanted: set[str], lowest: int) -> set[str]:
    """Which of these entries the first-parent chain of a tip holds, down to that height."""
    met: set[str] = set()
    oid, at = tip, _height(view, tip)
    while wanted - met:
        if oid in wanted:
            met.add(oid)
        parents = _parents(view, oid)
        if (at is not None and at <= lowest) or not parents:
            break
        oid = parents[0]
        at = _height(view, oid)
    return met


def _ids(new: NewEntries) -> tuple[str, ...]:
    return tuple(new.topology.oid(position) for position in new.positions)


def _has_first_entry(view: LedgerView, oids: Iterable[str]) -> bool:
    return any(not _parents(view, oid) for oid in oids)


def _parents(view: LedgerView, oid: str) -> tuple[str, ...]:
    try:
        return read_links(view.commit(oid))[1]
    except GitprovError:
        return ()


def _height(view: LedgerView, oid: str) -> int | None:
    try:
        claims = parent_facts(oid, view.commit(oid)).claims
    except GitprovError:
        return None
    return None if claims is None else claims.height
