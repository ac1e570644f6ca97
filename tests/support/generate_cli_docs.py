"""Writes docs/cli.md from the command tree: ``python -m tests.support.generate_cli_docs``.

A test holds the page against what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.cli.catalog import COMMANDS
from gitprov.cli.main import cli
from gitprov.cli.output.exit_codes import Exit
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
else it has a default: `gitprov config --show-origin`. Secrets are never on the command line.
Colour is left out where the output is not a terminal, with `NO_COLOR`, and with `--color never`.
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

_RECEIPT = ("run_id", "entry", "height", "state", "warnings")
SHAPES = {
    "error": ("code", "message", "details"),
    "init": ("created", "ledger_id", "genesis", "ref", "owner", "agent", "owners", "did"),
    "record": _RECEIPT,
    "record --batch": ("records",),
    "record --batch --jsonl": _RECEIPT,
    "flush": ("records",),
    "flush --jsonl": _RECEIPT,
    "show": ("record", "entry", "amendments", "verdict"),
    "log": ("runs", "unlisted"),
    "log --jsonl": (
        *("run_id", "run_status", "agent_name", "actor_kind", "started_at", "finished_at"),
        *("code_commits", "entry", "height", "signer"),
    ),
    "verify": (
        *("verdict", "ledger_id", "genesis", "tip", "height", "entries", "records", "signers"),
        *("policy", "pinned", "engine", "findings", "seconds"),
    ),
    "schema": ("kinds",),
    "schema KIND": ("kind", "json_schema"),
    "config": ("settings",),
    "config --jsonl": ("name", "value", "origin"),
    "version": ("version", "format", "git", "gpg", "libgit2"),
}
"""What others may build on, also the field ``schema``; a shape may hold more."""
_SHAPES = """
## Shapes

These fields are always there, beside `schema`; there may be more.
`state` is `recorded`, `already-recorded` or `spooled`; a warning has `code` and `message`.
`verdict` is `pass`, `fail` or `unknown`; a finding has `code`, `severity`, `entry`, `height`,
`path` and `message`.

| command | fields |
|---|---|
"""


def render() -> str:
    """Return the whole page."""
    rows = [f"| {int(code)} | {text} |" for code, text in _MEANINGS.items()]
    shapes = [f"| `{name}` | {', '.join(fields)} |" for name, fields in SHAPES.items()]
    parts = [_INTRODUCTION, "| code | means |", "|---|---|", *rows, "", _NO_LEDGER]
    parts += [_SHAPES + "\n".join(shapes), ""]
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
