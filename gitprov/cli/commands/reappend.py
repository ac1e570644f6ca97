"""``gitprov reappend``."""

from __future__ import annotations

import click

from gitprov.app.reappend import reappend
from gitprov.cli.input.options import OBJECT_ID, REMOTE, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import print_result, warn_notices
from gitprov.model.overrides import Overrides
from gitprov.present.sync import reappended_lines, reappended_mapping
from gitprov.wiring.workspace import open_workspace


@click.command(
    "reappend",
    epilog=example("gitprov reappend", "gitprov reappend origin --json"),
)
@click.argument("remote", type=REMOTE, required=False)
@click.option(
    "--genesis",
    type=OBJECT_ID,
    metavar="OID",
    help="Move over to the ledger that starts with this entry, and pin it.",
)
@click.option(
    "--anyway", is_flag=True, help="Also where nothing seems to keep a push from working."
)
@ref_option
@json_option
def command(
    remote: str | None, *, genesis: str | None, anyway: bool, ref: str | None, as_json: bool
) -> Exit:
    """Append your own records again on the remote's tip, where their entries can never land.

    That is so if the clock was wrong, a key was revoked in the meantime, the policy changed, or the
    remote has another ledger. The records stay as they are, byte for byte, in new entries. The
    old entries are kept at refs/gitprov/parked/. Records that others signed are named
    and not touched; if there are any, the exit code is 1.
    """
    done = reappend(open_workspace(Overrides(ref=ref)), remote, genesis, is_forced=anyway)
    warn_notices(done.warnings)
    print_result(
        "reappend", reappended_mapping(done), reappended_lines(done), as_json=as_json, is_done=True
    )
    if done.waiting:
        return Exit.UNKNOWN
    return Exit.NO if done.left else Exit.YES
