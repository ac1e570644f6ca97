"""Runs as their notes show them: as amended (2.4, 2.9).

A note is derived from the tip's tree alone, so amendments apply in the order of their ids, that
is of the moments when they were made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitprov.codec.records import amended, build, parse_mapping
from gitprov.errors import GitprovError, RecordError, StorageError
from gitprov.model.ids import uuid7_ms
from gitprov.model.kinds import Record
from gitprov.model.run import RunRecord
from gitprov.model.times import DAY_MS
from gitprov.service.ledger.record_files import iter_newest_record_files, read_run
from gitprov.service.ledger.view import LedgerView

if TYPE_CHECKING:
    from gitprov.model.amendment import Amendment

# A note has a run's status and commits; what changes neither need not be read.
_MARKS = (b'\naction: "WITHDRAW"\n', b"\n  run_status: ", b"\n  code_commits:")


@dataclass(frozen=True, slots=True)
class NotedRun:
    """A run, and what its notes say of it.

    Args:
        current: with its amendments.
        is_withdrawn: an amendment takes it back.
        commits: every commit that it names or ever named.
    """

    recorded: RunRecord
    current: RunRecord
    is_withdrawn: bool
    commits: frozenset[str]


def changes_notes(record: Record) -> bool:
    """Whether a record is an amendment that changes what notes say."""
    if record.kind != "amendment":
        return False
    changes = record.changes
    if changes is None:
        return True
    return changes.run_status is not None or changes.code_commits is not None


def apply_to_notes(run: RunRecord, amendments: Iterable[Amendment]) -> NotedRun:
    """Apply amendments in the order of their ids; one that breaks the run's rules changes nothing.

    Args:
        amendments: those of this run.
    """
    current, is_withdrawn = run, False
    commits = _commits(run)
    for amendment in sorted(amendments, key=lambda each: each.amendment_id):
        if amendment.changes is None:
            is_withdrawn = True
            continue
        try:
            changed = amended(current, amendment.changes)
        except RecordError:
            continue
        if isinstance(changed, RunRecord):
            current = changed
            commits |= _commits(current)
    return NotedRun(run, current, is_withdrawn, frozenset(commits))


def iter_note_amendments(view: LedgerView, root: str, since: int = 0) -> Iterator[Amendment]:
    """Yield the amendments that change what notes say, newest first, down to a time.

    Args:
        root: the root tree of its tip.
        since: Unix milliseconds.

    Raises:
        StorageError, RecordError: a folder or file cannot be read.
    """
    for file in iter_newest_record_files(view, root, "amendment", since):
        content = view.blob(file.oid)
        if not any(mark in content for mark in _MARKS):
            continue
        try:
            record = build(parse_mapping(content), "amendment")
        except StorageError:
            raise
        except GitprovError:
            continue  # it is verify that says so
        if record.kind == "amendment" and changes_notes(record):
            yield record


class NotedRuns:
    """Looks runs up one by one, on a ledger of any size.

    Args:
        root: the root tree of its tip; None if there is no ledger.
    """

    def __init__(self, view: LedgerView, root: str | None) -> None:
        self._view = view
        self._root = root
        self._runs: dict[str, NotedRun | None] = {}
        self._amendments: dict[str, list[Amendment]] = {}
        self._since: int | None = None
        self._first_since = 0

    def find(self, run_id: str) -> NotedRun | None:
        """Return a run, None where the ledger has none that can be read.

        Raises:
            StorageError: something cannot be read.
        """
        if run_id not in self._runs:
            run = None
            with contextlib.suppress(RecordError):  # nothing that a note could name
                run = None if self._root is None else read_run(self._view, self._root, run_id)
            self._runs[run_id] = None if run is None else apply_to_notes(run, self._of(run))
        return self._runs[run_id]

    def _of(self, run: RunRecord) -> list[Amendment]:
        """The amendments of a run; those from before the run are not looked at."""
        since = max(0, uuid7_ms(run.run_id) - DAY_MS)
        if self._since is None:
            self._first_since = since
        elif since < self._since:
            # Twice as far back as before at least: older and older runs cost no scan each.
            since = max(0, min(since, 2 * self._since - self._first_since - DAY_MS))
        if self._root is not None and (self._since is None or since < self._since):
            self._amendments = {}
            for amendment in iter_note_amendments(self._view, self._root, since):
                self._amendments.setdefault(amendment.run_id, []).append(amendment)
            self._since = since
        return self._amendments.get(run.run_id, [])


def _commits(run: RunRecord) -> set[str]:
    return {link.commit for link in run.code_commits or ()}
