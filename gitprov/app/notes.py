"""The notes on code commits: shown, checked, rebuilt."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.app.open_ledger import OpenedLedger
from gitprov.service.ledger.tip import current_tip
from gitprov.service.notes.derive import (
    NoteDifferences,
    NoteLine,
    NoteRebuilder,
    compare_notes,
    derive_notes,
    parse_note,
)
from gitprov.wiring.workspace import Workspace


@dataclass(frozen=True, slots=True)
class CommitNote:
    """The note of a code commit; its text is None without one."""

    commit: str
    text: str | None

    @property
    def runs(self) -> list[NoteLine]:
        """The runs that it names."""
        return parse_note(self.text or "")


def show_note(workspace: Workspace, revision: str) -> CommitNote:
    """Read the note of a code commit.

    Raises:
        UsageError: GPV-422-ARGUMENT, there is no such commit.
    """
    commit = workspace.code.resolve_commit(revision).commit
    return CommitNote(commit, workspace.notes.texts([commit]).get(commit))


def check_notes(opened: OpenedLedger) -> NoteDifferences:
    """Compare the notes with what the ledger yields."""
    expected = derive_notes(opened.reader.view, opened.root)
    return compare_notes(expected, opened.workspace.notes.all())


def rebuild_notes(workspace: Workspace) -> NoteDifferences:
    """Make the notes again from the ledger; return how they differed."""
    patience = workspace.settings.number("gitprov.lockTimeout")
    rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, patience)
    return rebuilder.rebuild(workspace.view, lambda: current_root(workspace))


def current_root(workspace: Workspace) -> str:
    """Return the root tree of the tip, as it is while the lock is held."""
    return current_tip(workspace.view, workspace.refs, workspace.ref).commit.tree
