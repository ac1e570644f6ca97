"""Keeps the notes in step with the ledger: one line per run on each commit it names (2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from gitprov.codec.scalars import emit_scalar
from gitprov.errors import RefMovedError
from gitprov.model.kinds import Record
from gitprov.model.run import RunRecord
from gitprov.service.notes.note_sum import note_line
from gitprov.service.notes.noted_runs import (
    NotedRun,
    NotedRuns,
    apply_to_notes,
    changes_notes,
)
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.notes import Notes

_RACES = 10


def noted_line(noted: NotedRun) -> str:
    """Render a run's line."""
    run = noted.current
    agent = emit_scalar(run.agent_name)
    return note_line(run.run_id, run.run_status, agent, withdrawn=noted.is_withdrawn)


def join_lines(lines: Iterable[str]) -> str:
    """Make a note of its lines: sorted, each once, each ended by LF."""
    return "".join(f"{line}\n" for line in sorted(set(lines)))


class NoteUpdater:
    """Adds what new records say to the notes; the caller holds the writer lock.

    Args:
        open_runs: opens the runs of the ledger as it is.
    """

    def __init__(self, notes: Notes, clock: Clock, open_runs: Callable[[], NotedRuns]) -> None:
        self._notes = notes
        self._clock = clock
        self._open_runs = open_runs

    def update(self, records: Sequence[Record]) -> None:
        """Bring the notes of every commit that these records touch up to date.

        Raises:
            StorageError: the notes could not be read or written; the ledger is untouched.
        """
        touched = self._touched(records)
        for _ in range(_RACES):
            try:
                self._put(touched)
            except RefMovedError:
                # Notes are rewritten by plain git too (notes.rewriteRef): read them again.
                continue
            return
        self._put(touched)

    def _touched(self, records: Sequence[Record]) -> dict[str, list[NotedRun]]:
        """Return code commit -> the runs whose lines on it may have changed."""
        runs = {r.run_id: apply_to_notes(r, ()) for r in records if isinstance(r, RunRecord)}
        # By kind, not by class: most calls record no amendment, and need not load its model.
        amended = {r.run_id for r in records if r.kind == "amendment" and changes_notes(r)}
        if amended:
            ledger = self._open_runs()
            found = {run_id: ledger.find(run_id) for run_id in amended}
            runs |= {run_id: noted for run_id, noted in found.items() if noted is not None}
        touched: dict[str, list[NotedRun]] = {}
        for noted in runs.values():
            for commit in noted.commits:
                touched.setdefault(commit, []).append(noted)
        return touched

    def _put(self, touched: Mapping[str, Sequence[NotedRun]]) -> None:
        before = self._notes.texts(touched)
        after: dict[str, str | None] = {}
        for commit, runs in touched.items():
            stale = tuple(f"run {noted.recorded.run_id} " for noted in runs)
            old = before.get(commit, "").splitlines()
            kept = [line for line in old if not line.startswith(stale)]
            added = [noted_line(noted) for noted in runs if _names(noted, commit)]
            text = join_lines([*kept, *added])
            if text != before.get(commit, ""):
                after[commit] = text or None
        self._notes.put(after, self._clock.now_ms() // 1000)


def _names(noted: NotedRun, commit: str) -> bool:
    return any(link.commit == commit for link in noted.current.code_commits or ())
