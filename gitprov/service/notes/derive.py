"""Derives the notes from the ledger, compares and rebuilds them (2.9, V17)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitprov.codec.records import build, parse_mapping
from gitprov.errors import Code, GitprovError, RefMovedError, StorageError
from gitprov.model.amendment import Amendment
from gitprov.model.run import RunRecord
from gitprov.service.ledger.record_files import iter_record_files
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.note_sum import NoteSum
from gitprov.service.notes.noted_runs import apply_to_notes, iter_note_amendments
from gitprov.service.notes.update import join_lines, noted_line
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.notes import Notes
from gitprov.service.ports.writing import WriterLock

_RACES = 10
_LINE = re.compile(r'run ([0-9a-f-]{36}) ([A-Z]+) (".*")( withdrawn)?')


@dataclass(frozen=True, slots=True)
class NoteDifferences:
    """How the notes differ from what the ledger yields; code commits, sorted.

    Args:
        missing: without a note, though a run names them.
        foreign: with a note, though no run names them.
        altered: with a note that says something else.
        commits: how many commits should have a note.
    """

    missing: tuple[str, ...]
    foreign: tuple[str, ...]
    altered: tuple[str, ...]
    commits: int

    @property
    def count(self) -> int:
        """How many notes are not as they should be."""
        return len(self.missing) + len(self.foreign) + len(self.altered)


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a note: a run and, as a canonical string, its agent's name."""

    run_id: str
    run_status: str
    agent: str
    is_withdrawn: bool


def derive_notes(view: LedgerView, root: str) -> dict[str, str]:
    """Return the note that every code commit must have.

    Args:
        root: the root tree of its tip.

    Raises:
        StorageError, RecordError: a folder or file cannot be read.
    """
    amendments: dict[str, list[Amendment]] = {}
    for amendment in iter_note_amendments(view, root):
        amendments.setdefault(amendment.run_id, []).append(amendment)
    lines: dict[str, list[str]] = {}
    for run in _runs(view, root, amendments):
        noted = apply_to_notes(run, amendments.get(run.run_id, ()))
        for link in noted.current.code_commits or ():
            lines.setdefault(link.commit, []).append(noted_line(noted))
    return {commit: join_lines(texts) for commit, texts in lines.items()}


def compare_notes(expected: Mapping[str, str], found: Iterable[tuple[str, str]]) -> NoteDifferences:
    """Compare two sets of notes as maps, however their trees are laid out (N-10).

    Args:
        expected: code commit -> note.
        found: (code commit, note) of the notes ref.
    """
    known = dict(found)
    both = expected.keys() & known.keys()
    return NoteDifferences(
        missing=tuple(sorted(expected.keys() - known.keys())),
        foreign=tuple(sorted(known.keys() - expected.keys())),
        altered=tuple(sorted(commit for commit in both if expected[commit] != known[commit])),
        commits=len(expected),
    )


def sum_notes(notes: Notes) -> NoteSum:
    """Sum up the notes that are there, for the verification of a whole ledger (V17).

    A note that is not made of sorted lines counts as one odd line, which no ledger yields.

    Raises:
        StorageError: the notes cannot be read.
    """
    total = NoteSum()
    for commit, text in notes.all():
        lines = text.removesuffix("\n").split("\n")
        for line in lines if join_lines(lines) == text else [text]:
            total.add(commit, line)
    return total


def parse_note(text: str) -> list[NoteLine]:
    """Read the runs that a note names; lines that are not ours are left out."""
    found = (_LINE.fullmatch(line) for line in text.split("\n"))
    return [NoteLine(m[1], m[2], m[3], m[4] is not None) for m in found if m is not None]


class NoteRebuilder:
    """Makes the notes what the ledger yields.

    Args:
        patience: seconds to wait for the lock.
    """

    def __init__(self, notes: Notes, lock: WriterLock, clock: Clock, patience: float) -> None:
        self._notes = notes
        self._lock = lock
        self._clock = clock
        self._patience = patience

    def rebuild(self, view: LedgerView, read_root: Callable[[], str]) -> NoteDifferences:
        """Compare and repair; return what was wrong.

        Args:
            read_root: returns the root tree of the tip; called once the lock is held.

        Raises:
            StorageError: GPV-503-BUSY, GPV-507-STORAGE, or the notes cannot be read.
            RefMovedError: GPV-409-STALE, other processes keep moving the notes.
        """
        with self._lock.hold(self._patience):
            expected = derive_notes(view, read_root())
            for _ in range(_RACES):
                try:
                    return self._repair(expected)
                except RefMovedError:
                    # Notes are rewritten by plain git too (notes.rewriteRef): read them again.
                    continue
            return self._repair(expected)

    def _repair(self, expected: Mapping[str, str]) -> NoteDifferences:
        seconds = self._clock.now_ms() // 1000
        try:
            wrong = compare_notes(expected, self._notes.all())
            is_tidy = self._notes.is_tidy()
        except StorageError as reason:
            if reason.code != Code.STORE_CORRUPT:
                raise
            # Notes are derived: what can no longer be read is made again.
            wrong, is_tidy = compare_notes(expected, ()), False
        if not is_tidy:
            self._notes.replace(expected, seconds)
            return wrong
        changed = (*wrong.missing, *wrong.altered, *wrong.foreign)
        self._notes.put({commit: expected.get(commit) for commit in changed}, seconds)
        return wrong


def _runs(view: LedgerView, root: str, amended: Collection[str]) -> Iterator[RunRecord]:
    """Yield the runs that name commits, or that an amendment may let name some."""
    for file in iter_record_files(view, root, "run"):
        content = view.blob(file.oid)
        if b"\ncode_commits:\n" not in content and file.record_id not in amended:
            continue
        try:
            record = build(parse_mapping(content), "run")
        except StorageError:
            raise
        except GitprovError:
            continue  # it is verify that says so
        if isinstance(record, RunRecord):
            yield record
