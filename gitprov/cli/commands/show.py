"""``gitprov show``."""

from __future__ import annotations

import click

from gitprov.app.open_ledger import open_ledger
from gitprov.app.show import show, show_raw
from gitprov.cli.input.options import Word, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.render import out, out_bytes, print_json
from gitprov.present.show import show_lines, show_mapping


@click.command(
    "show",
    epilog=example(
        "gitprov show 01a1c506",
        "gitprov show amendment:01a1c509-3bd3-7e97-b00d-1c0ffee05df0",
        "gitprov show --raw 01a1c506 > run.yaml",
        "gitprov show b220ece9ebec --json",
    ),
)
@click.argument("name", metavar="ID|OID", type=Word("an id"))
@click.option("--raw", is_flag=True, help="Print the stored bytes and nothing else.")
@json_option
@ref_option
def command(name: str, *, raw: bool, as_json: bool, ref: str | None) -> Exit:
    """Show one record, or what one entry added.

    ID is a record's id or the beginning of it (KIND:ID where kinds share one), OID that of an
    entry. The entry is judged here and now: ends with 0 if it is good, 1 if it is bad, 3 if
    that could not be found out. The rest of the ledger is for `gitprov verify`.
    """
    if raw and as_json:
        raise click.UsageError("--raw and --json exclude each other")
    opened = open_ledger(ref)
    if raw:
        out_bytes(show_raw(opened, name))
        return Exit.YES
    shown = show(opened, name)
    if as_json:
        print_json("show", show_mapping(shown))
    else:
        for line in show_lines(shown):
            out(line)
    return exit_of_verdict(shown.carrier.verdict)
