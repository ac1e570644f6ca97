"""Keeps the notes in step with the ledger: one line per run on each commit it names (2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gitprov.codec.scalars import emit_scalar
from gitprov.errors import RefMovedError
from gitprov.model.kinds import Record
from gitprov.model.run import RunRecord
from gitprov.service.notes.note_sum import note_line
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.notes import Notes

_RACES = 10
_WITHDRAWN = " withdrawn"


def run_line(run: RunRecord, *, withdrawn: bool) -> str:
    """Render a run's line."""
    agent = emit_scalar(run.agent_name)
    return note_line(run.run_id, run.run_status, agent, withdrawn=withdrawn)


def join_lines(lines: Iterable[str]) -> str:
    """Make a note of its lines: sorted, each once, each ended by LF."""
    return "".join(f"{line}\n" for line in sorted(set(lines)))


class NoteUpdater:
    """Adds what new records say to the notes; the caller holds the writer lock.

    Args:
        notes: the notes ref.
        find_run: run id -> the run on the ledger, None if there is none.
    """

    def __init__(
        self, notes: Notes, clock: Clock, find_run: Callable[[str], RunRecord | None]
    ) -> None:
        self._notes = notes
        self._clock = clock
        self._find_run = find_run

    def update(self, records: Sequence[Record]) -> None:
        """Bring the notes of every commit that these records touch up to date.

        Raises:
            StorageError: the notes could not be read or written; the ledger is untouched.
        """
        lines = self._new_lines(records)
        for _ in range(_RACES):
            try:
                self._put(lines)
            except RefMovedError:
                # Notes are rewritten by plain git too (notes.rewriteRef): read them again.
                continue
            return
        self._put(lines)

    def _new_lines(self, records: Sequence[Record]) -> dict[str, list[str]]:
        lines: dict[str, list[str]] = {}
        withdrawn = set()
        for record in records:
            if record.kind == "amendment" and record.action == "WITHDRAW":
                withdrawn.add(record.run_id)
        runs = {record.run_id: record for record in records if isinstance(record, RunRecord)}
        for run_id in withdrawn - runs.keys():
            run = self._find_run(run_id)
            if run is not None:
                runs[run_id] = run
        for run in runs.values():
            line = run_line(run, withdrawn=run.run_id in withdrawn)
            for link in run.code_commits or ():
                lines.setdefault(link.commit, []).append(line)
        return lines

    def _put(self, lines: dict[str, list[str]]) -> None:
        before = self._notes.texts(lines)
        after: dict[str, str | None] = {}
        for commit, added in lines.items():
            old = before.get(commit, "").splitlines()
            superseded = {line.removesuffix(_WITHDRAWN) for line in added}
            kept = [line for line in old if line not in superseded]
            text = join_lines([*kept, *added])
            if text != before.get(commit):
                after[commit] = text
        self._notes.put(after, self._clock.now_ms() // 1000)
