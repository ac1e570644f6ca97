"""Diagnoses of the spool and of locks; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.spooled import DRAFTS, WAITING_ALARM
from gitprov.model.times import format_time
from gitprov.model.words import counted

_SPOOL = "spool"
_LOCKS = "locks"
_MOST_NAMED = 10
_OLD = 24 * 3600 * 1000
STALE = 60
"""Seconds after which the lock file of a ref is not a writer at work any more."""


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """The records of one key in the spool.

    Args:
        fingerprint: the key.
        count: files that wait.
        since_ms: when the oldest was made, milliseconds since 1970; None if no name says so.
        is_listed: the policy lists the key; else the records wait until it does.
    """

    fingerprint: str
    count: int
    since_ms: int | None
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class LockFacts:
    """Who holds the writer lock, and which refs are locked.

    Args:
        owner: the process that the writer lock names, None if it is free.
        is_dead: that process is proven dead.
        refs: (ref, age in seconds) of each lock file of a ref.
    """

    owner: str | None
    is_dead: bool
    refs: tuple[tuple[str, float], ...]


def diagnose_spool(
    waiting: Iterable[WaitingFacts], refused: Iterable[tuple[str, str]], now_ms: int
) -> list[Diagnosis]:
    """Judge the spool.

    Args:
        waiting: what waits, by key.
        refused: (file, reason) of what was set aside.
        now_ms: the clock, milliseconds since 1970.
    """
    found = [_waiting(facts, now_ms) for facts in waiting if facts.count]
    aside = sorted(refused)
    for name, reason in aside[:_MOST_NAMED]:
        text = f"{name} was set aside and will never land: {reason}"
        remedy = "fix the cause, record it again under a new id, and delete the file"
        found.append(Diagnosis(_SPOOL, Health.PROBLEM, text, remedy))
    if len(aside) > _MOST_NAMED:
        text = f"set aside besides: {counted(len(aside) - _MOST_NAMED, 'file')}"
        found.append(Diagnosis(_SPOOL, Health.PROBLEM, text))
    return found or [Diagnosis(_SPOOL, Health.GOOD, "nothing waits")]


def diagnose_locks(locks: LockFacts) -> list[Diagnosis]:
    """Judge the writer lock and the lock files of refs (F-02)."""
    found = []
    if locks.owner is not None and locks.is_dead:
        text = f"{locks.owner} died while it was writing; the next writer cleans up"
        found.append(Diagnosis(_LOCKS, Health.NOTE, text, "gitprov flush"))
    elif locks.owner is not None:
        found.append(Diagnosis(_LOCKS, Health.NOTE, f"{locks.owner} is writing"))
    for ref, age in locks.refs:
        if age > STALE:
            text = f"{ref} is locked for {age:.0f} s: nothing can be appended in the meantime"
            remedy = f"if no git process is at work, delete {ref}.lock in the git directory"
            found.append(Diagnosis(_LOCKS, Health.PROBLEM, text, remedy))
        else:
            found.append(Diagnosis(_LOCKS, Health.NOTE, f"{ref} is being moved right now"))
    return found or [Diagnosis(_LOCKS, Health.GOOD, "nothing is locked")]


def _waiting(facts: WaitingFacts, now_ms: int) -> Diagnosis:
    since = "" if facts.since_ms is None else f" since {format_time(facts.since_ms)}"
    files = f"waiting{since}: {counted(facts.count, 'file')} of records"
    is_many = facts.count >= WAITING_ALARM
    if facts.fingerprint == DRAFTS:
        health = Health.PROBLEM if is_many else Health.WARNING
        text = f"{files} for a ledger; gitprov flush takes them along if there is one by now"
        return Diagnosis(_SPOOL, health, text, "gitprov init")
    text = f"{files} of the key {facts.fingerprint}"
    if not facts.is_listed:
        text += ", which the policy in force does not list"
        remedy = "let an owner add the key: gitprov key add FILE, or record them again"
        return Diagnosis(_SPOOL, Health.PROBLEM, text, remedy)
    is_old = facts.since_ms is not None and facts.since_ms < now_ms - _OLD
    health = Health.PROBLEM if is_old or is_many else Health.WARNING
    return Diagnosis(_SPOOL, health, text, "gitprov flush")
