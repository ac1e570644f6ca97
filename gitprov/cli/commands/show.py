"""``gitprov show``."""

from __future__ import annotations

import click

from gitprov.cli.input.options import Word, example, json_option, ref_option
from gitprov.cli.opened import open_ledger
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.render import out, out_bytes, print_json
from gitprov.errors import Code, StorageError, UsageError
from gitprov.present.show_text import show_lines, show_mapping
from gitprov.service.read.show_record import RecordViewer
from gitprov.wiring.workspace import Workspace


@click.command(
    "show",
    epilog=example(
        "gitprov show 01a1c506",
        "gitprov show amendment:01a1c509-3bd3-7e97-b00d-1c0ffee05df0",
        "gitprov show --raw 01a1c506 > run.yaml",
        "gitprov show b220ece9ebec --json",
    ),
)
@click.argument("name", metavar="ID|OID", type=Word("an id"))
@click.option("--raw", is_flag=True, help="Print the stored bytes and nothing else.")
@json_option
@ref_option
def command(name: str, *, raw: bool, as_json: bool, ref: str | None) -> Exit:
    """Show one record, or what one entry added.

    ID is a record's id or the beginning of it (KIND:ID where kinds share one), OID that of an
    entry. The entry is judged here and now: ends with 0 if it is good, 1 if it is bad, 3 if
    that could not be found out. The rest of the ledger is for `gitprov verify`.
    """
    if raw and as_json:
        raise click.UsageError("--raw and --json exclude each other")
    opened = open_ledger(ref)
    workspace = opened.workspace
    viewer = RecordViewer(opened.reader, workspace.engine, opened.tip, workspace.clock.now())
    try:
        if raw:
            out_bytes(viewer.raw(name))
            return Exit.YES
        shown = viewer.show(name)
    except UsageError as reason:
        if reason.code is Code.LINK:
            _require_not_waiting(workspace, name)
        raise
    if as_json:
        print_json("show", show_mapping(shown))
    else:
        for line in show_lines(shown):
            out(line)
    return exit_of_verdict(shown.carrier.verdict)


def _require_not_waiting(workspace: Workspace, name: str) -> None:
    """Tell a record that is not on the ledger yet from one that never was."""
    try:
        is_waiting = workspace.spool.holds(name.rpartition(":")[2].lower())
    except StorageError:
        return  # doctor says what is wrong with the spool
    if is_waiting:
        text = f"{name} waits in the spool and is not on the ledger yet; run gitprov flush"
        raise UsageError(Code.LINK, text)
