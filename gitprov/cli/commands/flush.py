"""``gitprov flush``."""

from __future__ import annotations

import click

from gitprov.app.record import flush
from gitprov.cli.input.options import example, json_option, jsonl_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.receipts import print_receipts
from gitprov.cli.output.render import tell
from gitprov.cli.output.streams import done
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import RecordState
from gitprov.present.receipts import receipt_line
from gitprov.wiring.workspace import open_workspace


@click.command("flush", epilog=example("gitprov flush", "gitprov flush --jsonl"))
@ref_option
@json_option
@jsonl_option
def command(ref: str | None, *, as_json: bool, as_jsonl: bool) -> Exit:
    """Append the records that wait in the spool.

    Records wait there when a key was locked, the disk full or the ledger busy. The next
    record takes them along; flush does it now. A record that can never land is set aside alone
    and named, and the exit code is 1.
    """
    receipts = flush(open_workspace(Overrides(ref=ref)))
    done(*map(receipt_line, receipts))
    print_receipts("flush", receipts, as_json=as_json, as_jsonl=as_jsonl)
    if not receipts and not as_json and not as_jsonl:
        tell("nothing waits in the spool")
    stuck = any(receipt.state is RecordState.SPOOLED for receipt in receipts)
    return Exit.NO if stuck else Exit.YES
