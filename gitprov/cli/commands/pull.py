"""``gitprov pull``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from gitprov.app.sync import pull
from gitprov.cli.input.options import REMOTE, example, json_option, ref_option
from gitprov.cli.output.render import print_result, warn_notices
from gitprov.model.counting import counted
from gitprov.model.synced import Pulled
from gitprov.present.text import short_oid
from gitprov.wiring.settings import Overrides
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
    print_result("pull", _mapping(pulled), _lines(pulled), as_json=as_json)


def _mapping(pulled: Pulled) -> dict[str, object]:
    return {
        "remote": pulled.remote,
        "verdict": "pass",
        "stand": pulled.stand,
        "moved": pulled.moved,
        "tip": pulled.tip,
        "height": pulled.height,
        "entries": pulled.entries,
        "records": dict(pulled.records),
        "to_send": pulled.to_send,
        "warnings": pulled.warnings,
    }


def _lines(pulled: Pulled) -> Iterator[str]:
    place = f"{pulled.remote} is at {short_oid(pulled.tip)}, height {pulled.height}"
    if pulled.entries:
        yield f"{place}; {entries_text(pulled.entries, pulled.records)} judged: pass"
    else:
        yield f"{place}; nothing new there"
    if pulled.moved:
        yield "the ledger here follows it"
    elif pulled.to_send:
        missing = f"not on {pulled.remote} yet: {counted(pulled.to_send, 'entry')} of this ledger"
        if pulled.stand == "beside":
            yield f"both sides moved; {missing}; join and send with: gitprov push"
        else:
            yield f"{missing}; send with: gitprov push"


def entries_text(entries: int, records: Mapping[str, int]) -> str:
    """Say how many entries, and what they hold: ``3 entries (5 runs, 1 state)``."""
    parts = ", ".join(counted(count, kind) for kind, count in records.items())
    whole = counted(entries, "entry")
    return f"{whole} ({parts})" if parts else whole
