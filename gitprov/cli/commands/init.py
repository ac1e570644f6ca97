"""``gitprov init``."""

from __future__ import annotations

import click

from gitprov.app.fetch_refspecs import fetch_notices
from gitprov.app.init import initialise, take_drafts
from gitprov.app.init_keys import KeyOptions
from gitprov.app.join import RemoteOptions
from gitprov.cli.input.options import OBJECT_ID, REMOTE, Word, example, json_option, ref_option
from gitprov.cli.output.receipts import warn_of
from gitprov.cli.output.render import print_result, tell, warn, warn_notices
from gitprov.errors import GitprovError
from gitprov.model.overrides import Overrides
from gitprov.model.words import counted
from gitprov.present.init import init_lines, init_mapping
from gitprov.wiring.workspace import open_workspace


@click.command(
    "init",
    epilog=example(
        "gitprov init",
        'gitprov init --generate-key "Me <me@example.org>"',
        "gitprov init --key D5DC639308F50E65 --agent-key none --ref refs/heads/gitprov-ledger",
    ),
)
@ref_option
@click.option("--store", type=click.Path(), metavar="PATH", help="A repository for the ledger.")
@click.option(
    "--key", type=Word("a key"), metavar="FPR", help="Your key: fingerprint, key id or email."
)
@click.option(
    "--generate-key", type=Word("a name"), metavar='"NAME <EMAIL>"', help="Make a key for you."
)
@click.option(
    "--agent-key",
    type=Word("a key"),
    metavar="FPR|generate|none",
    help="The key of agents and systems; none: they use yours.  A new ledger gets one.",
)
@click.option("--remote", type=REMOTE, metavar="NAME", help="The remote that accepts entries.")
@click.option(
    "--genesis", type=OBJECT_ID, metavar="OID", help="The first entry that the ledger must have."
)
@click.option(
    "--offline", is_flag=True, help="Ask no remote; a ledger may be made beside one out there."
)
@json_option
def command(
    ref: str | None,
    store: str | None,
    key: str | None,
    generate_key: str | None,
    agent_key: str | None,
    remote: str | None,
    genesis: str | None,
    *,
    offline: bool,
    as_json: bool,
) -> None:
    """Start a ledger in this repository, or join the one that a remote has.

    Your key (git's user.signingKey if none is named) owns the ledger and signs what people do.
    A second key, made without a passphrase, signs what agents and systems do, so that no agent
    holds an owner's key. Where there is a ledger already, only missing settings are added.

    Where a remote has a ledger, it is fetched, judged, pinned and used; --genesis holds its first
    entry against what its owners told you. If no key here is on it, the command that an owner has
    to run is printed, and reading works anyway.
    """
    if key is not None and generate_key is not None:
        raise click.UsageError("--key and --generate-key exclude each other")
    workspace = open_workspace(Overrides(ref=ref, store=store), create_store=True, nearest=True)
    remotes = RemoteOptions(remote, genesis, offline=offline)
    outcome = initialise(workspace, KeyOptions(key, generate_key, agent_key), remotes)
    print_result("init", init_mapping(outcome), init_lines(outcome), as_json=as_json, is_done=True)
    warn_notices(fetch_notices(workspace))
    _take_drafts(Overrides(ref=outcome.ref, store=store))


def _take_drafts(overrides: Overrides) -> None:
    try:
        receipts = take_drafts(overrides)
    except GitprovError as reason:
        warn(f"what was recorded before goes on waiting: {reason}")
        return
    warn_of(receipts)
    landed = sum(1 for receipt in receipts if receipt.entry is not None)
    if landed:
        tell(f"took along what was recorded before: {counted(landed, 'record')}")
