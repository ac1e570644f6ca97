"""Pulls, pushes and reappended records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitprov.model.reappended import Reappended
from gitprov.model.synced import Pulled, Pushed
from gitprov.model.words import counted
from gitprov.present.text import short_oid


def pulled_mapping(pulled: Pulled) -> dict[str, object]:
    """Render what a pull did for JSON."""
    return {
        "remote": pulled.remote,
        "verdict": "pass",
        "stand": pulled.stand,
        "moved": pulled.moved,
        "tip": pulled.tip,
        "height": pulled.height,
        "entries": pulled.entries,
        "records": dict(pulled.records),
        "to_send": pulled.to_send,
        "warnings": pulled.warnings,
    }


def pulled_lines(pulled: Pulled) -> Iterator[str]:
    """Render what a pull did in lines for people."""
    place = f"{pulled.remote} is at {short_oid(pulled.tip)}, height {pulled.height}"
    if pulled.entries:
        yield f"{place}; {entries_text(pulled.entries, pulled.records)} judged: pass"
    else:
        yield f"{place}; nothing new there"
    if pulled.moved:
        yield "the ledger here follows it"
    elif pulled.to_send:
        missing = f"not on {pulled.remote} yet: {counted(pulled.to_send, 'entry')} of this ledger"
        if pulled.stand == "beside":
            yield f"both sides moved; {missing}; join and send with: gitprov push"
        else:
            yield f"{missing}; send with: gitprov push"


def entries_text(entries: int, records: Mapping[str, int]) -> str:
    """Say how many entries, and what they hold: ``3 entries (5 runs, 1 state)``."""
    parts = ", ".join(counted(count, kind) for kind, count in records.items())
    whole = counted(entries, "entry")
    return f"{whole} ({parts})" if parts else whole


def pushed_mapping(pushed: Pushed) -> dict[str, object]:
    """Render what a push did for JSON."""
    return {
        "remote": pushed.remote,
        "verdict": "pass",
        "tip": pushed.tip,
        "height": pushed.height,
        "sent": pushed.sent,
        "merges": pushed.merges,
        "received": pushed.received,
        "records": dict(pushed.records),
        "attempts": pushed.attempts,
        "moved": pushed.moved,
        "left": pushed.left,
        "waiting": pushed.waiting,
        "warnings": pushed.warnings,
    }


def pushed_lines(pushed: Pushed) -> Iterator[str]:
    """Say what a push did."""
    if pushed.received:
        judged = entries_text(pushed.received, pushed.records)
        yield f"new on {pushed.remote} since it was last seen: {judged}, judged: pass"
    place = f"{pushed.remote} is at {short_oid(pushed.tip)}, height {pushed.height}"
    if not pushed.sent:
        yield f"nothing to send; {place}"
    else:
        merges = f" ({counted(pushed.merges, 'merge')} among them)" if pushed.merges else ""
        tries = f", at attempt {pushed.attempts}" if pushed.attempts > 1 else ""
        yield f"sent {counted(pushed.sent, 'entry')}{merges}{tries}; {place}"
    if pushed.left:
        yield f"recorded in the meantime: {counted(pushed.left, 'entry')}; push again"
    if pushed.waiting:
        files = counted(pushed.waiting, "file")
        yield f"not on the ledger yet: {files} of records; gitprov flush, then push again"


def reappended_mapping(done: Reappended) -> dict[str, object]:
    """Render what a reappend did for JSON."""
    return {
        "remote": done.remote,
        "tip": done.tip,
        "parked": done.parked,
        "records": done.records,
        "entries": done.entries,
        "known": done.known,
        "waiting": done.waiting,
        "left": done.left,
        "warnings": done.warnings,
    }


def reappended_lines(done: Reappended) -> Iterator[str]:
    """Render what a reappend did in lines for people."""
    if done.parked is None:
        yield f"every entry here is on {done.remote} already; nothing was changed"
        return
    yield f"the old entries are kept at {done.parked}"
    place = f"the ledger ends at {short_oid(done.tip)}"
    yield f"{counted(done.records, 'record')} in {counted(done.entries, 'new entry')}; {place}"
    if done.known:
        yield f"on {done.remote} already: {counted(done.known, 'record')}"
    if done.waiting:
        yield f"waiting in the spool: {counted(done.waiting, 'record')}; append with: gitprov flush"
    for left in done.left:
        yield f"left {left.path} of {short_oid(left.entry)}: {left.reason}"
    if done.records:
        yield "send them with: gitprov push"
