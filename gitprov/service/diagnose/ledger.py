"""Whether the ledger, its pin, its notes and the clock agree; the whole is for ``verify``."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.errors import GitprovError
from gitprov.guard.clock import SKEW_SECONDS
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.finding import Verdict, verdict_of
from gitprov.model.times import format_time
from gitprov.model.words import counted
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.notes.derive import compare_notes, derive_notes
from gitprov.service.ports.notes import Notes
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.verify.one import judge_one

_LEDGER = "ledger"
_NOTES = "notes"
_CLOCK = "clock"
_BORN = 1_767_225_600  # 2026-01-01: gitprov is younger than that


def diagnose_tip(
    reader: EntryReader, engine: SignatureEngine, tip: str, now: int
) -> list[Diagnosis]:
    """Judge the last entry, on which the next one will rest."""
    entry = reader.entry(tip)
    findings = judge_one(reader, engine, tip, entry, now)
    verdict = verdict_of(list(findings))
    if verdict is Verdict.PASS:
        text = f"the last entry {tip[:12]} at height {entry.height} is good"
        return [Diagnosis(_LEDGER, Health.GOOD, text)]
    health = Health.PROBLEM if verdict is Verdict.FAIL else Health.UNKNOWN
    remedy = "gitprov verify tells all; restore the ref from a clone that verifies"
    return [Diagnosis(_LEDGER, health, finding.line(), remedy) for finding in findings]


def diagnose_pin(reader: EntryReader, tip: str, pinned: str | None) -> Diagnosis:
    """Compare the ledger's first entry with the pinned one (V16)."""
    genesis = tip
    while parents := reader.parents(genesis):
        genesis = parents[0]
    if pinned is None:
        text = f"the genesis {genesis[:12]} is not pinned: another ledger could take its place"
        remedy = (
            f"compare it with what the owners tell you, then: git config gitprov.genesis {genesis}"
        )
        return Diagnosis(_LEDGER, Health.WARNING, text, remedy)
    if pinned != genesis:
        text = f"the genesis is {genesis[:12]}, pinned is {pinned[:12]}: this is another ledger"
        remedy = "do not append; fetch the right ledger, or ask the owners for its genesis"
        return Diagnosis(_LEDGER, Health.PROBLEM, text, remedy)
    return Diagnosis(_LEDGER, Health.GOOD, f"the genesis is the pinned one, {genesis[:12]}")


def diagnose_notes(reader: EntryReader, root: str, notes: Notes) -> Diagnosis:
    """Compare the notes with what the ledger yields (V17)."""
    remedy = "gitprov notes rebuild"
    try:
        wrong = compare_notes(derive_notes(reader.view, root), notes.all())
    except GitprovError as reason:
        text = f"the notes cannot be compared: {reason.message}"
        return Diagnosis(_NOTES, Health.WARNING, text, remedy)
    if wrong.count:
        text = f"the notes of {counted(wrong.count, 'commit')} differ from the ledger"
        return Diagnosis(_NOTES, Health.WARNING, text, remedy)
    return Diagnosis(
        _NOTES, Health.GOOD, f"the notes of {counted(wrong.commits, 'commit')} are right"
    )


def diagnose_clock(now: int, newest: int | None) -> Iterator[Diagnosis]:
    """Compare the clock with the newest entry (V7, F-29).

    Args:
        now: the clock, Unix seconds.
        newest: the last entry's Unix seconds, None if there is none.
    """
    remedy = "set the clock, for example with: timedatectl set-ntp true"
    shown = format_time(max(now, 0) * 1000)
    if now < _BORN:
        yield Diagnosis(_CLOCK, Health.PROBLEM, f"the clock says {shown}, long ago", remedy)
    elif newest is not None and newest > now + SKEW_SECONDS:
        ahead = f"the last entry is {newest - now} s ahead of the clock ({shown})"
        text = f"{ahead}: one of the two is wrong, and nothing can be appended until then"
        yield Diagnosis(_CLOCK, Health.PROBLEM, text, remedy)
    else:
        yield Diagnosis(_CLOCK, Health.GOOD, f"the clock says {shown}")
