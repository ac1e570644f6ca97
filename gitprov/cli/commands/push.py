"""``gitprov push``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.app.background_push import push_quietly
from gitprov.app.sync import push
from gitprov.cli.commands.pull import entries_text
from gitprov.cli.input.options import REMOTE, example, json_option, ref_option
from gitprov.cli.output.render import print_result, warn_notices
from gitprov.model.counting import counted
from gitprov.model.synced import Pushed
from gitprov.present.text import short_oid
from gitprov.wiring.settings import Overrides
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
    print_result("push", _mapping(pushed), pushed_lines(pushed), as_json=as_json)


def _mapping(pushed: Pushed) -> dict[str, object]:
    return {
        "remote": pushed.remote,
        "verdict": "pass",
        "tip": pushed.tip,
        "height": pushed.height,
        "sent": pushed.sent,
        "merges": pushed.merges,
        "received": pushed.received,
        "records": dict(pushed.records),
        "attempts": pushed.attempts,
        "moved": pushed.moved,
        "left": pushed.left,
        "waiting": pushed.waiting,
        "warnings": pushed.warnings,
    }


def pushed_lines(pushed: Pushed) -> Iterator[str]:
    """Say what a push did."""
    if pushed.received:
        judged = entries_text(pushed.received, pushed.records)
        yield f"new on {pushed.remote} since it was last seen: {judged}, judged: pass"
    place = f"{pushed.remote} is at {short_oid(pushed.tip)}, height {pushed.height}"
    if not pushed.sent:
        yield f"nothing to send; {place}"
    else:
        merges = f" ({counted(pushed.merges, 'merge')} among them)" if pushed.merges else ""
        tries = f", at attempt {pushed.attempts}" if pushed.attempts > 1 else ""
        yield f"sent {counted(pushed.sent, 'entry')}{merges}{tries}; {place}"
    if pushed.left:
        yield f"recorded meanwhile: {counted(pushed.left, 'entry')}; push again"
    if pushed.waiting:
        files = counted(pushed.waiting, "file")
        yield f"not on the ledger yet: {files} of records; gitprov flush, then push again"
