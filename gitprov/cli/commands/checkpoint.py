"""``gitprov checkpoint``."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from gitprov.app.checkpoint import check as check_checkpoint
from gitprov.app.checkpoint import write as write_checkpoint
from gitprov.app.open_ledger import open_ledger
from gitprov.cli.input.options import TIME, Word, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.output_file import write_output
from gitprov.cli.output.render import print_result
from gitprov.present.checkpoint import checkpoint_lines, checkpoint_mapping
from gitprov.present.text import safe, short_oid


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
    """Sign the current tip, and write that to a new file."""
    written = write_checkpoint(open_ledger(ref), key)
    write_output(file, written.content, force=force)
    stated = written.checkpoint
    line = safe(f"wrote {file}: entry {short_oid(stated.tip)} at height {stated.height}")
    content = {"checkpoint": stated.to_mapping()}
    print_result("checkpoint", content, [line], as_json=as_json, is_done=True)


@command.command("check", epilog=example("gitprov checkpoint check ../checkpoint.txt"))
@click.argument("file", metavar="FILE", type=click.File("rb"))
@click.option("--not-before", type=TIME, metavar="T", help="Refuse an older checkpoint: 30d ago.")
@json_option
@ref_option
def check(file: BinaryIO, *, not_before: str | None, as_json: bool, ref: str | None) -> Exit:
    """Compare the ledger with a checkpoint.

    Ends with 0 if the ledger still contains what the checkpoint saw, and with 1 if it was cut
    off or rewritten. A file that is not a good checkpoint of this ledger is refused.
    """
    checked = check_checkpoint(open_ledger(ref), file, not_before)
    print_result(
        "checkpoint", checkpoint_mapping(checked), checkpoint_lines(checked), as_json=as_json
    )
    return exit_of_verdict(checked.verdict)
