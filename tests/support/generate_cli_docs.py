"""Writes docs/cli.md from the command tree: ``python -m tests.support.generate_cli_docs``.

A test holds the page against what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.cli.catalog import COMMANDS
from gitprov.cli.exit_codes import Exit
from gitprov.cli.main import cli
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "cli.md"
_WIDTH = 100
_INTRODUCTION = """\
# The command line

This page is generated from the commands themselves: `python -m tests.support.generate_cli_docs`.

`gitprov` and, through the same entry point, `git prov`. Data goes to standard output, everything
else to standard error. `--json` prints one document in a stable shape
(`{"schema": "gitprov.<command>/v1", ...}`), `--jsonl` one for each item of a list.
With `--json` an error is a document too, on standard output:
`{"schema": "gitprov.error/v1", "code", "message", "details"}`. Fields may be added to a shape,
never renamed.

A setting comes from a flag, else from a variable `GITPROV_*`, else from git config `gitprov.*`,
else it has a default: `gitprov config --show-origin`. Secrets never stand on the command line.
Colour is left out where the output is no terminal, with `NO_COLOR`, and with `--color never`.
`GITPROV_DEBUG=1` shows where an error comes from. A value that begins with `-` is refused where it
would be an id, a key, a ref or a remote.

## Exit codes
"""
_MEANINGS = {
    Exit.YES: "yes: done, or verified and good",
    Exit.NO: "no: verified and bad, refused, or nothing has that id",
    Exit.USAGE: "wrong use: a bad argument, a draft that is not valid, no ledger here",
    Exit.UNKNOWN: "could not find out, or could not do it now: gpg, disk, another writer, time",
    Exit.DEFECT: "a defect in gitprov",
    Exit.INTERRUPTED: "interrupted",
}
_NO_LEDGER = (
    "Where there is no ledger, `gitprov verify` ends with 1, every other command with 2.\n"
    "A reader that stops reading (`gitprov log | head`) changes no exit code."
)


def render() -> str:
    """Return the whole page."""
    rows = [f"| {int(code)} | {text} |" for code, text in _MEANINGS.items()]
    parts = [_INTRODUCTION, "| code | means |", "|---|---|", *rows, "", _NO_LEDGER, ""]
    for name, command in commands():
        parts += [f"## {name}", "", "```text", help_of(name, command), "```", ""]
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command, groups before what is in them."""
    yield "gitprov", cli
    context = click.Context(cli, info_name="gitprov")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield f"gitprov {name}", command
        if isinstance(command, click.Group):
            for inner in sorted(command.commands):
                yield f"gitprov {name} {inner}", command.commands[inner]


def help_of(name: str, command: click.Command) -> str:
    """Return the help of a command as it is printed in a wide terminal."""
    *outer, last = name.split()
    parent = click.Context(cli, info_name=" ".join(outer)) if outer else None
    context = click.Context(
        command,
        parent,
        info_name=last,
        terminal_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
