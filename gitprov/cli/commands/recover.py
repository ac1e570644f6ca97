"""``gitprov recover``."""

from __future__ import annotations

import click

from gitprov.app.recover import recover
from gitprov.cli.input.options import example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import print_result
from gitprov.model.overrides import Overrides
from gitprov.present.recover import recovered_lines, recovered_mapping
from gitprov.wiring.workspace import open_workspace


@click.command("recover", epilog=example("gitprov recover --dry-run", "gitprov recover"))
@click.option("--dry-run", is_flag=True, help="Say what is missing, and change nothing.")
@json_option
@ref_option
def command(*, dry_run: bool, as_json: bool, ref: str | None) -> Exit:
    """Bring back entries that were acknowledged here and are gone from the ledger's ref.

    A forced fetch, git update-ref or a restored backup can move the ref. The audit log knows
    what was signed here; what git still has comes back, forward where that is possible, else
    by a merge entry. What is on the ledger stays. Ends with 1 if something is still missing.
    """
    done = recover(open_workspace(Overrides(ref=ref)), dry_run=dry_run)
    lines = list(recovered_lines(done))
    is_done = bool(done.restored)
    print_result("recover", recovered_mapping(done), lines, as_json=as_json, is_done=is_done)
    return Exit.NO if len(done.lost) > len(done.restored) else Exit.YES
