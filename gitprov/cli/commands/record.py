"""``gitprov record``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import click

from gitprov.app.record import DraftInput, Recorded, preview, record
from gitprov.cli.input.draft_flags import draft_options, flags_as_draft, naming_flag
from gitprov.cli.input.options import Pick, example, json_option, jsonl_option, ref_option
from gitprov.cli.input.push_flag import Pushing
from gitprov.cli.lazy import load_module
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.receipts import print_receipts, warn_of
from gitprov.cli.output.render import out, out_bytes, print_json, tell
from gitprov.cli.output.signals import ending_by_exception
from gitprov.cli.output.streams import done
from gitprov.errors import RecordError
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run_parts import ContextMethod
from gitprov.present.receipts import receipt_line, receipt_mapping
from gitprov.wiring.workspace import Workspace, open_workspace


@click.command(
    "record",
    cls=Pushing,
    epilog=example(
        "gitprov record --agent demo --actor human --status SUCCESS --before A --after B",
        "gitprov record run.yaml --output report.md --commit HEAD",
        "gitprov record --batch --jsonl - < runs.jsonl",
        "gitprov record run.yaml --push=wait",
        "gitprov record --kind artifact report.yaml",
    ),
)
@click.argument("file", type=click.File("rb"), required=False)
@draft_options
@click.option("--context-method", type=Pick(*ContextMethod), help="How the input is digested.")
@click.option("--batch", is_flag=True, help="FILE holds many drafts: YAML documents, JSON lines.")
@click.option(
    "--kind",
    type=Pick("run", "state", "artifact", "log", "amendment"),
    default="run",
    show_default=True,
    help="The kind of the drafts; the flags above are for runs.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="End with 3 if a record has to wait in the spool; as the push does, with --push=wait.",
)
@click.option(
    "--push",
    "sending",
    type=Pick("background", "wait", "off"),
    metavar="[=wait]",
    help="Send the ledger afterwards, in the background; =wait: before the command ends.",
)
@click.option("--dry-run", is_flag=True, help="Print the record as YAML and write nothing.")
@ref_option
@json_option
@jsonl_option
def command(
    file: BinaryIO | None,
    *,
    context_method: str | None,
    batch: bool,
    kind: str,
    strict: bool,
    sending: str | None,
    dry_run: bool,
    ref: str | None,
    as_json: bool,
    as_jsonl: bool,
    **flags: Any,
) -> Exit:
    """Record one run, at its end, or many; or another record (--kind) from a draft.

    FILE is a draft in YAML or JSON, - is standard input. Missing fields are filled in;
    flags override it: maps key by key, everything else as a whole. Either every record is
    accepted, or none is written.

    If a record cannot be appended now (a locked key, a full disk, no ledger yet), it waits in
    the spool, a warning says so, and the exit code is 0 anyway. Without remotes and with a key
    in git config (gitprov.key, user.signingKey) the first record founds the ledger.
    """
    if dry_run and (as_json or as_jsonl):
        raise click.UsageError("--dry-run prints YAML; leave --json and --jsonl out")
    workspace = open_workspace(Overrides(ref=ref), create_store=True)
    said = flags_as_draft(flags, workspace.clock.now_ms())
    if file is None:
        _require_flags(said, kind, batch=batch)
    given = DraftInput(said, file, context_method, batch, kind)
    with ending_by_exception():
        try:
            if dry_run:
                out_bytes(preview(workspace, given))
                return Exit.YES
            recorded = record(workspace, given, partial(_durable, strict=strict))
        except RecordError as reason:
            raise naming_flag(reason, command) if file is None else reason from reason
        _print(recorded, batch=batch, as_json=as_json, as_jsonl=as_jsonl)
        receipts = recorded.receipts
        waits = any(receipt.state is RecordState.SPOOLED for receipt in receipts)
        sent = _send(workspace, receipts, sending, ref) if receipts else Exit.YES
    if not strict:
        return Exit.YES
    return Exit.UNKNOWN if waits else sent


def _durable(receipts: Sequence[Receipt], *, strict: bool) -> None:
    for receipt in receipts:
        waits = strict and receipt.state is RecordState.SPOOLED
        done(receipt_line(receipt), code=Exit.UNKNOWN if waits else Exit.YES)


def _print(recorded: Recorded, *, batch: bool, as_json: bool, as_jsonl: bool) -> None:
    receipts = recorded.receipts
    if recorded.founded is not None:
        tell(recorded.founded)
    if not batch:
        _print_one(receipts[0], as_json=as_json or as_jsonl)
        return
    if not receipts and not as_json and not as_jsonl:
        tell("there is no draft in the batch, so nothing was recorded")
    print_receipts("record", receipts, as_json=as_json, as_jsonl=as_jsonl)


def _require_flags(said: Mapping[str, Any], kind: str, *, batch: bool) -> None:
    if batch:
        raise click.UsageError("--batch needs a FILE; - is standard input")
    if kind != "run":
        raise click.UsageError(f"--kind {kind} needs a FILE; - is standard input")
    if not said:
        raise click.UsageError("name a draft, or say --agent, --status, --before and --after")


def _send(
    workspace: Workspace, receipts: Sequence[Receipt], sending: str | None, ref: str | None
) -> Exit:
    if sending is None and workspace.settings.get("gitprov.autopush") == "off":
        return Exit.YES
    count = len(receipts)
    what = receipt_line(receipts[0]) if count == 1 else f"{count} are recorded or wait"
    ended: Exit = load_module("autopush").send(workspace, sending, ref, what)
    return ended


def _print_one(receipt: Receipt, *, as_json: bool) -> None:
    warn_of([receipt])
    if as_json:
        print_json("record", receipt_mapping(receipt))
        return
    out(receipt_line(receipt))
