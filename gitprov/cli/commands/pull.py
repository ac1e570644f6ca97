"""``gitprov pull``."""

from __future__ import annotations

import click

from gitprov.app.pull import pull
from gitprov.cli.input.options import REMOTE, example, json_option, ref_option
from gitprov.cli.output.render import print_result, warn_notices
from gitprov.model.overrides import Overrides
from gitprov.present.sync import pulled_lines, pulled_mapping
from gitprov.wiring.workspace import open_workspace


@click.command("pull", epilog=example("gitprov pull", "gitprov pull origin --json"))
@click.argument("remote", type=REMOTE, required=False)
@ref_option
@json_option
def command(remote: str | None, ref: str | None, *, as_json: bool) -> None:
    """Fetch a remote's ledger, judge what is new, and follow it.

    REMOTE is a name that git knows; without one it is the remote that accepts entries (git
    config gitprov.remote, else the only remote, else origin). Where both sides have new
    entries, yours stay as they are, and push will merge them. A remote whose ledger went
    backwards stops everything, with the exit code 1.
    """
    pulled = pull(open_workspace(Overrides(ref=ref)), remote)
    warn_notices(pulled.warnings)
    print_result(
        "pull", pulled_mapping(pulled), pulled_lines(pulled), as_json=as_json, is_done=True
    )
