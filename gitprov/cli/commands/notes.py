"""``gitprov notes``."""

from __future__ import annotations

import click

from gitprov.app.notes import check_notes, rebuild_notes, show_note
from gitprov.app.open_ledger import open_ledger
from gitprov.cli.input.options import REVISION, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import out, print_json, print_result, tell
from gitprov.model.overrides import Overrides
from gitprov.present.notes import checked_lines, notes_mapping, rebuilt_lines
from gitprov.present.text import safe_text, short_oid
from gitprov.wiring.workspace import open_workspace


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
    note = show_note(open_workspace(Overrides()), revision)
    if as_json:
        print_json("notes", {"commit": note.commit, "note": note.text, "runs": note.runs})
    elif note.text is None:
        tell(f"the commit {short_oid(note.commit)} has no note: no run on the ledger names it")
    else:
        out(safe_text(note.text.removesuffix("\n")))
    return Exit.NO if note.text is None else Exit.YES


@command.command("check", epilog=example("gitprov notes check", "gitprov notes check --json"))
@json_option
@ref_option
def check(*, as_json: bool, ref: str | None) -> Exit:
    """Compare the notes with what the ledger yields; if they differ, the exit code is 1."""
    found = check_notes(open_ledger(ref))
    print_result("notes", notes_mapping(found), checked_lines(found), as_json=as_json)
    if found.count and not as_json:
        tell("gitprov notes rebuild makes them again")
    return Exit.NO if found.count else Exit.YES


@command.command("rebuild", epilog=example("gitprov notes rebuild"))
@json_option
@ref_option
def rebuild(*, as_json: bool, ref: str | None) -> Exit:
    """Make the notes again from the ledger, as a new commit on the notes that are there."""
    found = rebuild_notes(open_ledger(ref).workspace)
    print_result("notes", notes_mapping(found), rebuilt_lines(found), as_json=as_json, is_done=True)
    return Exit.YES
