"""Keeps the notes in step with a remote's: derived data, never worth holding up the ledger (2.9).

Where both sides changed them, ours are built again on the remote's tip: of each note that
differs, the lines that the ledger yields, whichever side has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from gitprov.codec.commit import read_links
from gitprov.errors import Code, GitprovError, RefusedError, StorageError
from gitprov.gitraw.item import object_id
from gitprov.model.receipt import Notice
from gitprov.model.remote import PushState
from gitprov.service.ledger.added_records import added_records
from gitprov.service.ledger.tip import read_tip
from gitprov.service.notes.derive import derive_notes
from gitprov.service.notes.judge_notes import NotesJudge
from gitprov.service.notes.note_changes import find_changes
from gitprov.service.notes.update import NoteUpdater, join_lines
from gitprov.service.ports.notes import Notes
from gitprov.service.sync.remote_ledger import RemoteNames, RemotePorts
from gitprov.service.sync.send_steps import require_taken

_MOST_COMMITS = 10_000
# Longer notes, or more of them, are derived again and not compared while writers wait.
_NOTE_LIMIT = 1024 * 1024
_MOST_UNITED = 5_000
_ATTEMPTS = 8
_NO_NOTES = object_id("tree", b"")


@dataclass(frozen=True, slots=True)
class NotesSync:
    """Brings the notes in line with the ledger and with a remote's notes.

    Args:
        updater: adds what new records say.
        pause: waits before another attempt, given its number.
    """

    ports: RemotePorts
    names: RemoteNames
    notes: Notes
    updater: NoteUpdater
    pause: Callable[[int], None]

    def follow(self, before: str | None, after: str, theirs: str | None) -> tuple[Notice, ...]:
        """Take the remote's notes in, and note what is new on our ledger.

        Args:
            before: our ledger's tip before; None if there was none.
            after: our ledger's tip.
            theirs: the remote's notes, fetched; None if it has none.

        Returns:
            Notices of failures; the ledger is not affected.
        """
        view = self.ports.view
        try:
            with self.ports.lock.hold(self.ports.patience):
                self._rebase(read_tip(view, after).commit.tree, theirs)
                if before != after:
                    self._add_new(before, after)
        except GitprovError as reason:
            return (_notice("the notes are not up to date", reason),)
        return ()

    def push(self, tip: str, theirs: str | None) -> tuple[Notice, ...]:
        """Send our notes; where the remote's have changed, rebuild on them and try again.

        Args:
            tip: our ledger's tip.
            theirs: the remote's notes, fetched; None if it has none.

        Returns:
            Notices of failures; the next push tries again.
        """
        try:
            for attempt in range(_ATTEMPTS):
                if self._push_once(tip, theirs):
                    return ()
                self.pause(attempt + 1)
                theirs = self._fetch()
        except GitprovError as reason:
            return (_notice("the notes were not sent", reason),)
        return (
            Notice(Code.STALE, "the notes were not sent, others send all the time; push again"),
        )

    def _push_once(self, tip: str, theirs: str | None) -> bool:
        """Push once; false if another process was faster."""
        root = read_tip(self.ports.view, tip).commit.tree
        with self.ports.lock.hold(self.ports.patience):
            self._rebase(root, theirs)
            mine = self.ports.refs.get(self.names.notes)
            if mine is None or mine == theirs or (theirs is None and self._is_empty(mine)):
                return True
            if NotesJudge(self.ports.view, root).judge(theirs, mine):
                # Another tool changed the notes, here or there: derive all of them again.
                self._rebuild(root, theirs)
                mine = self.ports.refs.get(self.names.notes) or mine
        if mine == theirs:
            return True
        answer = self.ports.remotes.push(self.names.remote, mine, self.names.notes)
        require_taken(self.names.remote, answer, "of the notes")
        if answer.state is PushState.REFUSED:
            said = answer.lines[0] if answer.lines else answer.reason
            raise RefusedError(Code.NOTE_REWRITE, f"the remote refused them: {said}")
        return answer.state is PushState.ACCEPTED

    def _fetch(self) -> str | None:
        remotes, names = self.ports.remotes, self.names
        theirs = remotes.tips(names.remote, (names.notes,)).tips.get(names.notes)
        if theirs is not None:
            remotes.fetch(names.remote, (names.notes,))
        return theirs

    def _rebase(self, root: str, theirs: str | None) -> None:
        """Let our notes descend from the remote's; the caller holds the writer lock."""
        mine = self.ports.refs.get(self.names.notes)
        if theirs is None or mine == theirs:
            return
        if mine is not None and self._contains(mine, theirs):
            return
        changes: dict[str, str | None] = {}
        if mine is not None and not self._is_empty(mine):
            changes = self._united(root, mine, theirs)
        self.notes.put(changes, self.ports.clock.now_ms() // 1000, theirs)

    def _united(self, root: str, mine: str, theirs: str) -> dict[str, str | None]:
        judge = NotesJudge(self.ports.view, root)
        found = find_changes(self.ports.view, self._root(theirs), self._root(mine))
        united: dict[str, str | None] = {}
        if len(found.commits()) > _MOST_UNITED:
            return self._derived(root, theirs)
        for commit in found.commits():
            there = self._text(found.before.get(commit))
            here = self._text(found.after.get(commit))
            lines = chain(there.splitlines(), here.splitlines())
            text = join_lines(line for line in lines if judge.yields(commit, line))
            if text != there:
                united[commit] = text or None
        return united

    def _derived(self, root: str, theirs: str) -> dict[str, str | None]:
        """Return the changes that make the remote's notes what the ledger yields."""
        view = self.ports.view
        expected: dict[str, str | None] = {**derive_notes(view, root)}
        tree = self._root(theirs)
        there = {} if tree in {None, _NO_NOTES} else find_changes(view, None, tree).after
        gone: dict[str, str | None] = dict.fromkeys(there.keys() - expected.keys())
        return expected | gone

    def _rebuild(self, root: str, theirs: str | None) -> None:
        """Make the notes what the ledger yields, on top of the remote's."""
        self.notes.put({}, 0, theirs)
        expected = derive_notes(self.ports.view, root)
        self.notes.replace(expected, self.ports.clock.now_ms() // 1000)

    def _add_new(self, before: str | None, after: str) -> None:
        view = self.ports.view
        old = None if before is None else read_tip(view, before).commit.tree
        new = read_tip(view, after).commit.tree
        kinds = ("run", "amendment")
        records = [r for kind in kinds for r in added_records(view, old, new, kind)]
        self.updater.update(records)

    def _contains(self, tip: str, oid: str) -> bool:
        """Whether a notes commit is behind another one; far back counts as no, which is safe."""
        waiting, met = [tip], {tip}
        while waiting and len(met) < _MOST_COMMITS:
            at = waiting.pop()
            if at == oid:
                return True
            parents = [p for p in read_links(self.ports.view.commit(at))[1] if p not in met]
            met.update(parents)
            waiting += reversed(parents)
        return False

    def _root(self, commit: str) -> str | None:
        return read_links(self.ports.view.commit(commit))[0]

    def _is_empty(self, commit: str) -> bool:
        return self._root(commit) in {None, _NO_NOTES}

    def _text(self, oid: str | None) -> str:
        if oid is None:
            return ""
        try:
            return self.ports.view.blob(oid, _NOTE_LIMIT).decode("utf-8", "replace")
        except StorageError as reason:
            if reason.code is not Code.LIMIT:
                raise
            return ""


def _notice(what: str, reason: GitprovError) -> Notice:
    return Notice(reason.code, f"{what}: {reason.message}")
