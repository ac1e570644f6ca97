"""``gitprov push``."""

from __future__ import annotations

import click

from gitprov.app.background_push import push_quietly
from gitprov.app.push import push
from gitprov.cli.input.options import REMOTE, example, json_option, ref_option
from gitprov.cli.output.render import print_result, warn_notices
from gitprov.model.overrides import Overrides
from gitprov.present.sync import pushed_lines, pushed_mapping
from gitprov.wiring.workspace import open_workspace


@click.command("push", epilog=example("gitprov push", "gitprov push origin --json"))
@click.argument("remote", type=REMOTE, required=False)
@click.option("--background", is_flag=True, hidden=True, help="Keep the outcome for doctor.")
@ref_option
@json_option
def command(remote: str | None, ref: str | None, *, background: bool, as_json: bool) -> None:
    """Send the ledger to the remote that accepts it, after following what is new there.

    Where both sides have new entries, a merge entry joins them; it is signed and judged here
    before it is sent. If others are faster, it is tried again. Nothing is forced, nothing that
    is recorded here is changed, and a remote that refuses leaves everything as it was. Another
    REMOTE than the accepting one (git config gitprov.remote) is a mirror: it gets what the
    accepting one has accepted.
    """
    workspace = open_workspace(Overrides(ref=ref))
    if background:
        push_quietly(workspace, remote)
        return
    pushed = push(workspace, remote)
    warn_notices(pushed.warnings)
    print_result(
        "push", pushed_mapping(pushed), pushed_lines(pushed), as_json=as_json, is_done=True
    )
