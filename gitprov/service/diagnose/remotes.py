"""Diagnoses of remotes as they were last seen; no network is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.report import RemoteComparison
from gitprov.model.words import counted
from gitprov.service.ledger.relation import TipRelation

_SECTION = "remotes"


def diagnose_remotes(
    accepting: str | None, ours: Sequence[RemoteComparison], mirrors: Sequence[RemoteComparison]
) -> Iterator[Diagnosis]:
    """Say how the ledger here compares with the accepting remote, and that one to its mirrors.

    Args:
        accepting: the accepting remote; None if there is none.
        ours: how the ledger here compares with each remote.
        mirrors: how the accepting remote's ledger compares with each other remote's.
    """
    if accepting is None:
        remedy = "git remote add origin URL, then: gitprov push"
        yield Diagnosis(
            _SECTION, Health.NOTE, "this repository has no remote: the ledger is here only", remedy
        )
        return
    stand = next((found for found in ours if found.remote == accepting), None)
    if stand is None:
        text = f"gitprov push sends the ledger to {accepting}; it was not asked yet what it has"
        yield Diagnosis(_SECTION, Health.NOTE, text, "gitprov push")
    elif stand.ours:
        text = f"not on {accepting} yet: {counted(stand.ours, 'entry')}"
        yield Diagnosis(_SECTION, Health.NOTE, text, "gitprov push")
    else:
        yield Diagnosis(
            _SECTION, Health.GOOD, f"{accepting}, where gitprov push sends, had all when last seen"
        )
    for mirror in mirrors:
        yield _diagnose_mirror(accepting, mirror)


def diagnose_pushes(outcome: Mapping[str, object] | None) -> Iterator[Diagnosis]:
    """Say how the last push in the background ended; None if there was none."""
    if outcome is None:
        return
    when = outcome.get("time", "an unknown time")
    if "code" in outcome:
        text = f"the last push in the background failed: {outcome['code']}"
        text = f"{text}: {outcome.get('message', '')} ({when})"
        yield Diagnosis(_SECTION, Health.WARNING, text, "gitprov push")
    elif outcome.get("warnings"):
        text = f"the last push in the background ({when}): {outcome['warnings']}"
        yield Diagnosis(_SECTION, Health.WARNING, text, "gitprov push")
    else:
        sent = outcome.get("sent", 0)
        what = counted(sent, "entry") if isinstance(sent, int) else "entries"
        text = f"the last push in the background sent {what} ({when})"
        yield Diagnosis(_SECTION, Health.GOOD, text)


def diagnose_parked(names: Sequence[str]) -> Iterator[Diagnosis]:
    """Say that old entries are kept."""
    if names:
        text = f"entries that could not land are kept: {counted(len(names), 'chain')}, the last at"
        yield Diagnosis(_SECTION, Health.NOTE, f"{text} {names[-1]}")


def _diagnose_mirror(accepting: str, mirror: RemoteComparison) -> Diagnosis:
    if mirror.stand == TipRelation.EQUAL:
        return Diagnosis(_SECTION, Health.GOOD, f"the mirror {mirror.remote} equals {accepting}")
    if mirror.stand == TipRelation.AHEAD:
        text = (
            f"the mirror {mirror.remote} lacks {counted(mirror.ours or 0, 'entry')} of {accepting}"
        )
        return Diagnosis(_SECTION, Health.NOTE, text, f"gitprov push {mirror.remote}")
    if mirror.stand == TipRelation.BEHIND:
        text = f"the mirror {mirror.remote} was seen with entries that {accepting} had not yet"
        return Diagnosis(_SECTION, Health.NOTE, text, f"gitprov pull {accepting}")
    if mirror.stand not in {TipRelation.BESIDE, TipRelation.UNRELATED}:
        text = f"the mirror {mirror.remote} cannot be compared with {accepting}"
        return Diagnosis(_SECTION, Health.NOTE, text, f"gitprov verify --remote {mirror.remote}")
    text = f"the mirror {mirror.remote} and {accepting} show different ledgers"
    remedy = f"find out who changed which: gitprov verify --remote {mirror.remote}"
    return Diagnosis(_SECTION, Health.PROBLEM, text, remedy)
