"""``gitprov key``."""

from __future__ import annotations

from typing import BinaryIO

import click

from gitprov.app.key import (
    ChangeOptions,
    KeyChanged,
    add_key,
    list_keys,
    renew_key,
    revoke_key,
)
from gitprov.app.open_ledger import open_ledger
from gitprov.cli.input.options import Picks, Word, example, json_option, ref_option
from gitprov.cli.output.render import print_json, print_result, print_table, tell, warn
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.key_request import KeyRequest
from gitprov.model.mutation import ActorKind
from gitprov.model.overrides import Overrides
from gitprov.present.key import (
    KEY_COLUMNS,
    change_lines,
    change_mapping,
    key_cells,
    keys_mapping,
)
from gitprov.wiring.workspace import open_workspace

_FILE = click.File("rb")
reason_option = click.option(
    "--reason", type=Word("a reason"), metavar="TEXT", help="Why; it stays on the ledger."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Judge the change; sign and write nothing."
)
offline_option = click.option(
    "--offline", is_flag=True, help="Do not fetch first; the change may then never land."
)


@click.group(
    "key",
    epilog=example(
        "gpg --armor --export bob@example.org > bob.asc",
        "gitprov key add bob.asc --name Bob",
        "gitprov key list",
    ),
)
def command() -> None:
    """Add, renew, revoke or list the keys that may record.

    A change is signed by an owner. It is a proposal, its approval and its enactment in one entry,
    and counts for every entry behind it. It must be made on the remote's last entry, so that is
    fetched first; push the change before others append.
    """


@command.command(
    "add",
    epilog=example(
        "gitprov key add bob.asc --name Bob",
        "gitprov key add ci.asc --name ci-runner --actor-kinds system --agents 'ci_*' --kinds run",
        "gitprov key add recovery.asc --name Alice --owner",
    ),
)
@click.argument("file", metavar="FILE", type=_FILE)
@click.option(
    "--name", type=Word("a name"), metavar="NAME", help="Of the signer; else the key's own."
)
@click.option(
    "--email", type=Word("an email"), metavar="EMAIL", help="Of the signer; else the key's own."
)
@click.option(
    "--kinds",
    type=Picks(*RECORD_KINDS),
    metavar="KIND,...",
    help="What it may add.  [default: run,state,artifact,log,amendment; all for an owner]",
)
@click.option(
    "--actor-kinds",
    type=Picks(*ActorKind),
    default=ActorKind.HUMAN.value.lower(),
    show_default=True,
    metavar="KIND,...",
    help="For whom it may record: human, ai, system.",
)
@click.option(
    "--agents",
    multiple=True,
    default=("*",),
    show_default=True,
    metavar="GLOB",
    help="For which agent names; may be given several times.",
)
@click.option("--owner", is_flag=True, help="It is a key of the owner of that name.")
@reason_option
@dry_run_option
@offline_option
@json_option
@ref_option
def add(
    file: BinaryIO,
    *,
    name: str | None,
    email: str | None,
    kinds: tuple[str, ...] | None,
    actor_kinds: tuple[str, ...],
    agents: tuple[str, ...],
    owner: bool,
    reason: str | None,
    dry_run: bool,
    offline: bool,
    as_json: bool,
    ref: str | None,
) -> None:
    """Let one more key record.

    FILE is a public certificate, armoured or not; `-` reads standard input. Compare its
    fingerprint with what its owner tells you. A key may record for people unless --actor-kinds
    says more, so that no program's key passes for a person's by accident.
    """
    agents = tuple(dict.fromkeys(agents))
    request = KeyRequest(name, email, actor_kinds, agents, kinds, is_owner=owner, reason=reason)
    workspace, options = open_workspace(Overrides(ref=ref)), ChangeOptions(dry_run, offline)
    _print_change("add", add_key(workspace, file, request, options), as_json=as_json)


@command.command(
    "renew",
    epilog=example("gpg --armor --export bob@example.org > bob.asc", "gitprov key renew bob.asc"),
)
@click.argument("file", metavar="FILE", type=_FILE)
@reason_option
@dry_run_option
@offline_option
@json_option
@ref_option
def renew(
    file: BinaryIO,
    *,
    reason: str | None,
    dry_run: bool,
    offline: bool,
    as_json: bool,
    ref: str | None,
) -> None:
    """Bring the newer certificate of a key that is listed.

    Needed where the key's expiry or its subkeys changed. The key's rights stay as they are.
    """
    workspace, options = open_workspace(Overrides(ref=ref)), ChangeOptions(dry_run, offline)
    _print_change("renew", renew_key(workspace, file, reason, options), as_json=as_json)


@command.command(
    "revoke",
    epilog=example('gitprov key revoke Bob --from-height 120 --reason "lost laptop"'),
)
@click.argument("key", metavar="KEY", type=Word("a key"))
@click.option(
    "--from-height",
    type=click.IntRange(min=0),
    required=True,
    metavar="N",
    help="From which height on its entries are disputed; gitprov show tells heights.",
)
@click.option(
    "--reason",
    type=Word("a reason"),
    required=True,
    metavar="TEXT",
    help="Why; it stays on the ledger.",
)
@dry_run_option
@offline_option
@json_option
@ref_option
def revoke(
    key: str,
    *,
    from_height: int,
    reason: str,
    dry_run: bool,
    offline: bool,
    as_json: bool,
    ref: str | None,
) -> None:
    """Let a key sign nothing any more, for ever.

    KEY is a fingerprint, a key id or a signer's name. Its earlier entries stay valid; entries
    from the height on are disputed: verify warns of them, and log hides them.
    """
    workspace, options = open_workspace(Overrides(ref=ref)), ChangeOptions(dry_run, offline)
    _print_change(
        "revoke", revoke_key(workspace, key, from_height, reason, options), as_json=as_json
    )


@command.command("list", epilog=example("gitprov key list", "gitprov key list --json"))
@json_option
@ref_option
def list_all(*, as_json: bool, ref: str | None) -> None:
    """List the keys of the policy in force, and what each may record."""
    policy, keys = list_keys(open_ledger(ref))
    if as_json:
        print_json("key", keys_mapping(policy, keys))
    else:
        print_table(KEY_COLUMNS, map(key_cells, keys))


def _print_change(action: str, changed: KeyChanged, *, as_json: bool) -> None:
    enacted = changed.enacted
    lines = change_lines(action, enacted)
    print_result("key", change_mapping(action, enacted), lines, as_json=as_json, is_done=True)
    if enacted.entry is None:
        return
    for finding in enacted.entry.findings:
        warn(f"read back: {finding.line()}; run gitprov verify")
    if changed.remote is not None and not as_json:
        text = "push it before others append, since a change of policy cannot be merged"
        tell(f"{text}: gitprov push")
