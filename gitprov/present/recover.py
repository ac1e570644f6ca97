"""Entries that were lost and brought back."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.model.lost import LostEntry, Recovered
from gitprov.model.words import counted
from gitprov.present.text import safe, short_oid


def recovered_mapping(done: Recovered) -> dict[str, object]:
    """Render it for JSON."""
    return {
        "tip": done.tip,
        "lost": [_lost(entry) for entry in done.lost],
        "restored": list(done.restored),
        "failures": [{"entry": oid, "reason": why} for oid, why in done.failures],
    }


def _lost(entry: LostEntry) -> dict[str, object]:
    return {
        "entry": entry.oid,
        "height": entry.height,
        "entries": entry.count,
        "resource": entry.resource or None,
        "readable": entry.is_here,
    }


def recovered_lines(done: Recovered) -> Iterator[str]:
    """Render it in lines for people."""
    why = dict(done.failures)
    for entry in done.lost:
        place = "its object is gone" if entry.height is None else f"height {entry.height}"
        line = f"{counted(entry.count, 'entry')} up to {short_oid(entry.oid)} ({place})"
        if entry.oid in done.restored:
            yield safe(f"brought back: {line}")
        elif entry.oid in why:
            yield safe(f"not brought back: {line}: {why[entry.oid]}")
        else:
            yield safe(f"lost: {line}")
    if not done.lost:
        yield "nothing that was acknowledged here is missing"
    elif done.restored and done.tip is not None:
        yield f"the ledger is at {short_oid(done.tip)}"
