"""``gitprov notes``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.cli.input.options import REVISION, example, json_option, ref_option
from gitprov.cli.opened import OpenedLedger, open_ledger
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import out, print_json, tell
from gitprov.errors import Code, StorageError
from gitprov.model.counting import counted
from gitprov.present.text import safe, safe_text, short_oid
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.notes.derive import (
    NoteDifferences,
    NoteRebuilder,
    compare_notes,
    derive_notes,
    parse_note,
)
from gitprov.wiring.settings import Overrides
from gitprov.wiring.workspace import Workspace, open_workspace


@click.group(
    "notes",
    epilog=example("gitprov notes show HEAD", "gitprov notes check", "gitprov notes rebuild"),
)
def command() -> None:
    """Show, check or rebuild the notes on code commits.

    A note names the runs of a commit, for `git log` and `git notes --ref gitprov show`. Notes
    are derived from the ledger and prove nothing.
    """


@command.command("show", epilog=example("gitprov notes show HEAD", "gitprov notes show v1.0"))
@click.argument("revision", metavar="REV", type=REVISION)
@json_option
def show(revision: str, *, as_json: bool) -> Exit:
    """Show the note of a code commit; without one the exit code is 1."""
    workspace = open_workspace(Overrides())
    commit = _commit(workspace, revision)
    text = workspace.notes.texts([commit]).get(commit)
    if as_json:
        runs = parse_note(text or "")
        print_json("notes", {"commit": commit, "note": text, "runs": runs})
    elif text is None:
        tell(f"the commit {short_oid(commit)} has no note: no run on the ledger names it")
    else:
        out(safe_text(text.removesuffix("\n")))
    return Exit.NO if text is None else Exit.YES


@command.command("check", epilog=example("gitprov notes check", "gitprov notes check --json"))
@json_option
@ref_option
def check(*, as_json: bool, ref: str | None) -> Exit:
    """Compare the notes with what the ledger yields; if they differ, the exit code is 1."""
    opened = open_ledger(ref)
    expected = derive_notes(opened.reader.view, opened.root)
    wrong = compare_notes(expected, opened.workspace.notes.all())
    _print(wrong, "are as the ledger yields them", as_json=as_json)
    if wrong.count and not as_json:
        tell("gitprov notes rebuild makes them again")
    return Exit.NO if wrong.count else Exit.YES


@command.command("rebuild", epilog=example("gitprov notes rebuild"))
@json_option
@ref_option
def rebuild(*, as_json: bool, ref: str | None) -> Exit:
    """Make the notes again from the ledger, as a new commit on the notes that are there."""
    opened = open_ledger(ref)
    workspace = opened.workspace
    patience = workspace.settings.number("gitprov.lockTimeout")
    rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, patience)
    wrong = rebuilder.rebuild(workspace.view, lambda: _root_now(opened))
    _print(wrong, "were right already", as_json=as_json, verb="mended")
    return Exit.YES


def _commit(workspace: Workspace, revision: str) -> str:
    return workspace.code.resolve_commit(revision).commit


def _root_now(opened: OpenedLedger) -> str:
    """The root tree of the tip as it is while the lock is held."""
    tip = opened.workspace.refs.get(opened.workspace.ref)
    if tip is None:
        raise StorageError(Code.NO_LEDGER, f"{opened.workspace.ref} is gone; run gitprov doctor")
    return OpenedLedger(opened.workspace, tip, EntryReader(opened.workspace.view)).root


def _print(wrong: NoteDifferences, all_well: str, *, as_json: bool, verb: str = "") -> None:
    if as_json:
        print_json("notes", {"count": wrong.count, **_lists(wrong)})
        return
    if not wrong.count:
        out(f"the notes of {counted(wrong.commits, 'commit')} {all_well}")
        return
    for line in _lines(wrong):
        out(safe(line))
    if verb:
        out(f"{verb} {wrong.count} of {counted(wrong.commits, 'note')}")


def _lists(wrong: NoteDifferences) -> dict[str, object]:
    return {
        "commits": wrong.commits,
        "missing": wrong.missing,
        "foreign": wrong.foreign,
        "altered": wrong.altered,
    }


def _lines(wrong: NoteDifferences) -> Iterator[str]:
    yield from (f"missing {commit}: runs name it, and it has no note" for commit in wrong.missing)
    yield from (f"foreign {commit}: it has a note, and no run names it" for commit in wrong.foreign)
    yield from (f"altered {commit}: its note says something else" for commit in wrong.altered)
