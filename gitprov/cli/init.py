"""``gitprov init``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.bootstrap.founding import GENERATE, InitOptions, InitOutcome, initialise
from gitprov.bootstrap.settings import Overrides
from gitprov.bootstrap.workspace import open_workspace
from gitprov.cli.options import REMOTE, Word, example, json_option, ref_option
from gitprov.cli.render import out, print_json, safe


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
    default=GENERATE,
    show_default=True,
    metavar="FPR|generate|none",
    help="The key of agents and systems; none: they use yours.",
)
@click.option("--remote", type=REMOTE, metavar="NAME", help="The remote that accepts entries.")
@json_option
def command(
    ref: str | None,
    store: str | None,
    key: str | None,
    generate_key: str | None,
    agent_key: str,
    remote: str | None,
    *,
    as_json: bool,
) -> None:
    """Start a ledger in this repository.

    Your key (git's user.signingKey if none is named) owns the ledger and signs what people do.
    A second key, made without a passphrase, signs what agents and systems do, so that no agent
    holds an owner's key. Where there is a ledger already, only missing settings are added.
    """
    if key is not None and generate_key is not None:
        raise click.UsageError("--key and --generate-key exclude each other")
    workspace = open_workspace(Overrides(ref=ref, store=store), create_store=True)
    outcome = initialise(workspace, InitOptions(key, generate_key, agent_key, remote))
    if as_json:
        print_json("init", _mapping(outcome))
        return
    for line in _lines(outcome):
        out(safe(line))


def _mapping(outcome: InitOutcome) -> dict[str, object]:
    return {
        "created": outcome.created,
        "ledger_id": outcome.ledger_id,
        "genesis": outcome.genesis,
        "ref": outcome.ref,
        "owner": outcome.owner,
        "agent": outcome.agent,
        "owners": [{"name": name, "key": key} for name, key in outcome.owners],
        "did": outcome.did,
    }


def _lines(outcome: InitOutcome) -> Iterator[str]:
    if not outcome.created:
        yield f"there is a ledger at {outcome.ref} already; nothing on it was changed"
    yield from outcome.did
    yield f"ledger   {outcome.ledger_id}"
    yield f"genesis  {outcome.genesis}"
    for name, key in outcome.owners:
        yield f"owner    {key} ({name})"
    yield f"you      {outcome.owner or 'no key here signs for people'}"
    yield f"agents   {outcome.agent or 'no key here signs for agents'}"
    if outcome.created:
        yield "Tell readers the genesis: whoever pins it cannot be shown another ledger."
