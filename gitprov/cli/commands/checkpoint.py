"""``gitprov checkpoint``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click

from gitprov.cli.input.named_file import named
from gitprov.cli.input.options import TIME, Word, example, json_option, ref_option
from gitprov.cli.opened import open_ledger
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.output_file import write_output
from gitprov.cli.output.render import out, print_json, print_result
from gitprov.codec.checkpoint import MAX_BYTES
from gitprov.codec.time_text import parse_time_text
from gitprov.errors import Code, RefusedError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.present.text import safe, short_oid
from gitprov.service.ledger.view import Authority
from gitprov.service.verify.checkpoint import CheckedCheckpoint, Checkpoints
from gitprov.service.write.signing_key import choose_signer
from gitprov.wiring.workspace import Workspace


@click.group(
    "checkpoint",
    epilog=example(
        "gitprov checkpoint write ../checkpoint.txt",
        "gitprov checkpoint check ../checkpoint.txt",
        "gitprov verify --checkpoint ../checkpoint.txt",
    ),
)
def command() -> None:
    """Write or check a signed statement of the ledger's tip.

    Kept in another place, it proves later that nothing was cut off or replaced since.
    """


@command.command("write", epilog=example("gitprov checkpoint write ../checkpoint.txt"))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=Word("a key"),
    metavar="FPR",
    help="The key to sign with; else yours, else that of the agents.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@json_option
@ref_option
def write(file: Path, *, key: str | None, force: bool, as_json: bool, ref: str | None) -> None:
    """Sign where the ledger stands now, and write that to a new file."""
    opened = open_ledger(ref)
    workspace = opened.workspace
    checkpoints = Checkpoints(opened.reader, workspace.engine, opened.tip)
    fingerprint = _signing_key(workspace, checkpoints.authority(), key)
    written = checkpoints.write(
        workspace.signer, fingerprint, workspace.clock.now_ms(), workspace.audit.head()
    )
    write_output(file, written.content, force=force)
    if as_json:
        print_json("checkpoint", {"checkpoint": written.checkpoint.to_mapping()})
    else:
        stated = written.checkpoint
        out(safe(f"wrote {file}: entry {short_oid(stated.tip)} at height {stated.height}"))


@command.command("check", epilog=example("gitprov checkpoint check ../checkpoint.txt"))
@click.argument("file", metavar="FILE", type=click.File("rb"))
@click.option("--not-before", type=TIME, metavar="T", help="Refuse an older checkpoint: 30d ago.")
@json_option
@ref_option
def check(file: BinaryIO, *, not_before: str | None, as_json: bool, ref: str | None) -> Exit:
    """Hold the ledger against a checkpoint.

    Ends with 0 if the ledger still contains what the checkpoint saw, and with 1 if it was cut
    off or rewritten. A file that is no good checkpoint of this ledger is refused.
    """
    opened = open_ledger(ref)
    checkpoints = Checkpoints(opened.reader, opened.workspace.engine, opened.tip)
    now_ms = opened.workspace.clock.now_ms()
    oldest = None if not_before is None else parse_time_text(not_before, now_ms)
    with named(file.name):
        checked = checkpoints.check(file.read(MAX_BYTES + 1), file.name, oldest)
    print_result("checkpoint", _mapping(checked), _lines(checked), as_json=as_json)
    return exit_of_verdict(checked.verdict)


def _signing_key(workspace: Workspace, authority: Authority, key: str | None) -> str:
    """Choose a key that the policy lists, whatever it may record: a checkpoint is no record."""
    if key is not None:
        digits = key.replace(" ", "").removeprefix("0x").upper()
        if find_signer(authority.policy, digits) is None:
            text = f"the policy lists no key {key[:60]!r}; give all 40 digits of one that it lists"
            raise RefusedError(Code.UNKNOWN_KEY, text)
        return digits
    keys, now = workspace.signing_keys(), workspace.clock.now()
    for actor_kind in ("HUMAN", "SYSTEM", "AI"):
        with suppress(RefusedError, UsageError):
            return choose_signer(keys, authority, actor_kind, now).key
    return choose_signer(keys, authority, "HUMAN", now).key  # says what is missing


def _mapping(checked: CheckedCheckpoint) -> dict[str, object]:
    return {
        "checkpoint": checked.checkpoint.to_mapping(),
        "signer": checked.signer.name,
        "height": checked.height,
        "verdict": checked.verdict,
        "findings": [
            {"code": f.code, "severity": f.severity, "message": f.message} for f in checked.findings
        ],
    }


def _lines(checked: CheckedCheckpoint) -> Iterator[str]:
    stated = checked.checkpoint
    yield f"checkpoint {short_oid(stated.tip)} at height {stated.height}, {stated.created_at}"
    yield f"signer     {checked.signer.name} {stated.signer}"
    yield f"ledger     {stated.ledger_id}, now at height {checked.height}"
    yield f"verdict    {checked.verdict}"
    yield from (finding.line() for finding in checked.findings)
