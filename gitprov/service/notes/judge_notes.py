"""Judges an update of the notes ref: every note that changes is what the ledger yields (2.9, 7.1).

The work follows from what changes, never from the ledger's size. So a changed note is held to
three rules that need no list of all runs: every line in it is one that the ledger yields; no
line is lost that the ledger yields; and no run among the newest of the ledger is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitprov.codec.commit import read_links
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.model.finding import Finding, error
from gitprov.service.ledger.record_files import iter_newest_record_files
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.derive import parse_note
from gitprov.service.notes.note_changes import NoteChanges, find_changes
from gitprov.service.notes.noted_runs import NotedRuns
from gitprov.service.notes.update import join_lines, noted_line

NEWEST_RUNS = 1_000
"""How many of the ledger's newest runs must not be missing in a note that changes."""
_MOST_COMMITS = 10_000
_NOTE_LIMIT = 16 * 1024 * 1024
_MOST_FINDINGS = 1_000


class NotesJudge:
    """Judges updates of the notes ref.

    Args:
        view: reads the ledger and the notes.
        root: the root tree of the ledger's tip after the push; None if there is no ledger.
    """

    def __init__(self, view: LedgerView, root: str | None) -> None:
        self._view = view
        self._root = root
        self._runs = NotedRuns(view, root)

    def judge(self, old: str | None, new: str) -> list[Finding]:
        """Judge the update of the notes ref from one commit to another.

        Raises:
            StorageError: something cannot be read.
        """
        if old is not None and not self._descends(new, old):
            text = "notes that were accepted would be lost; run gitprov pull, then push again"
            return [error(Code.NON_FF, text)]
        before = None if old is None else read_links(self._view.commit(old))[0]
        try:
            changes = find_changes(self._view, before, read_links(self._view.commit(new))[0])
        except StorageError:
            raise
        except GitprovError as reason:
            return [_rewritten(reason.message)]
        text = "a notes tree holds notes and nothing else, one for a commit"
        strays = [error(Code.NOTE_REWRITE, text, each[:200]) for each in changes.strays]
        return [*strays, *islice(self._judge_changes(changes), _MOST_FINDINGS)]

    def _descends(self, new: str, old: str) -> bool:
        """Whether a notes commit has another one behind it, by raw parent lines."""
        waiting, met = [new], {new}
        while waiting:
            oid = waiting.pop()
            if oid == old:
                return True
            if len(met) > _MOST_COMMITS:
                text = f"more than {_MOST_COMMITS} notes commits in one push; push them in steps"
                raise StorageError(Code.LIMIT, text)
            parents = [p for p in read_links(self._view.commit(oid))[1] if p not in met]
            met.update(parents)
            # The first parent goes first: that is where the old tip is.
            waiting += reversed(parents)
        return False

    def _judge_changes(self, changes: NoteChanges) -> Iterator[Finding]:
        commits = changes.commits()
        newest = self._newest_lines(set(commits)) if commits else {}
        for commit in commits:
            old = self._lines(changes.before.get(commit))
            after = changes.after.get(commit)
            problem = None if after is None else self._problem_of_text(commit, after)
            if problem is None:
                kept = self._lines(after)
                lost = {line for line in old if line not in kept and self.yields(commit, line)}
                missing = sorted((newest.get(commit, set()) | lost) - kept)
                problem = f"the line {missing[0]!r} is missing" if missing else None
            if problem is not None:
                yield error(Code.NOTE_REWRITE, f"{problem}; run gitprov notes rebuild", commit)

    def _problem_of_text(self, commit: str, oid: str) -> str | None:
        """Say what is wrong with a note by itself, None if every line is the ledger's."""
        raw = self._view.blob(oid, _NOTE_LIMIT)
        text = raw.decode("utf-8", "replace")
        lines = text.removesuffix("\n").split("\n")
        if raw != text.encode() or join_lines(lines) != text:
            return "the note is not made of sorted lines"
        wrong = next((line for line in lines if not self.yields(commit, line)), None)
        return None if wrong is None else f"the ledger does not yield the line {wrong[:200]!r}"

    def _lines(self, oid: str | None) -> set[str]:
        if oid is None:
            return set()
        try:
            text = self._view.blob(oid, _NOTE_LIMIT).decode("utf-8", "replace")
        except GitprovError:
            return set()  # it was never a note of ours
        return set(text.removesuffix("\n").split("\n"))

    def yields(self, commit: str, line: str) -> bool:
        """Whether the ledger yields a line for a commit; the run names the commit in turn."""
        named = parse_note(line)
        run = self._runs.find(named[0].run_id) if named else None
        if run is None or commit not in {link.commit for link in run.current.code_commits or ()}:
            return False
        return line == noted_line(run)

    def _newest_lines(self, commits: set[str]) -> dict[str, set[str]]:
        """The lines that the newest runs of the ledger yield for these commits."""
        lines: dict[str, set[str]] = {}
        if self._root is None:
            return lines
        files = iter_newest_record_files(self._view, self._root, "run")
        for file in islice(files, NEWEST_RUNS):
            if b"\ncode_commits:\n" not in self._view.blob(file.oid):
                continue
            run = self._runs.find(file.record_id)
            if run is None:
                continue
            for link in run.current.code_commits or ():
                if link.commit in commits:
                    lines.setdefault(link.commit, set()).add(noted_line(run))
        return lines


def _rewritten(reason: str) -> Finding:
    return error(Code.NOTE_REWRITE, f"the notes cannot be read as notes: {reason}")
