"""``gitprov config``."""

from __future__ import annotations

import click

from gitprov.app.about import settings_here
from gitprov.cli.input.options import example, json_option, jsonl_option
from gitprov.cli.output.render import print_json, print_jsonl, print_table
from gitprov.model.overrides import Overrides


@click.command(
    "config",
    epilog=example(
        "gitprov config --show-origin",
        "git config gitprov.ref refs/heads/gitprov-ledger",
        "GITPROV_ENGINE=gpg gitprov config",
    ),
)
@click.option("--show-origin", is_flag=True, help="Say where each value comes from.")
@json_option
@jsonl_option
def command(*, show_origin: bool, as_json: bool, as_jsonl: bool) -> None:
    """Print every setting.

    A flag counts before an environment variable, that before git config, that before the
    default. A setting is what git config says, includes and git -c counted in; it is changed
    with git config.
    """
    rows = settings_here(Overrides()).rows()
    if as_json or as_jsonl:
        settings = [{"name": r.name, "value": r.value, "origin": r.origin} for r in rows]
        if as_jsonl:
            print_jsonl("config", settings)
        else:
            print_json("config", {"settings": settings})
        return
    cells = [(row.name, "-" if row.value is None else row.value, row.origin) for row in rows]
    if show_origin:
        print_table(("SETTING", "VALUE", "ORIGIN"), cells)
    else:
        print_table(("SETTING", "VALUE"), [cell[:2] for cell in cells])
