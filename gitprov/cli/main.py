"""The entry of ``gitprov`` and ``git prov``: parse, run one command, return its exit code.

A command is imported when it is called, and so is what reports a failure: help and version load
click and next to nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from gitprov.cli.catalog import COMMANDS
from gitprov.cli.input.options import Pick, example
from gitprov.cli.lazy import LazyGroup, load_module
from gitprov.cli.output.session import Session
from gitprov.cli.output.streams import begin, done_lines, finish, lost_output, secure
from gitprov.version import __version__

PROGRAM = "gitprov"


def load_command(name: str) -> click.Command:
    """Import the module of a command of the catalog."""
    command: click.Command = load_module(f"commands.{name}").command
    return command


@click.group(
    PROGRAM,
    cls=LazyGroup,
    catalog=COMMANDS,
    load=load_command,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("gitprov init", "gitprov record --help", "gitprov -C ../project verify"),
)
@click.option(
    "-C", "paths", type=click.Path(), metavar="PATH", multiple=True, help="Work as if in PATH."
)
@click.option(
    "--color",
    type=Pick("auto", "always", "never"),
    default="auto",
    help="Colour the output; auto minds NO_COLOR.",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, paths: tuple[str, ...], color: str) -> None:
    """Keep a signed, append-only record of every run in a Git repository."""
    if paths:
        load_module("input.folder").enter(paths)
    context.obj = Session(color)
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


def main() -> None:
    """Run the program and end the process with its exit code."""
    is_heard = secure()
    sys.exit(run(sys.argv[1:], is_heard=is_heard, is_last=True))


def run(arguments: Sequence[str], *, is_heard: bool = True, is_last: bool = False) -> int:
    """Run one command and return its exit code; whatever goes wrong is reported, never raised.

    Args:
        arguments: what follows the program's name.
        is_heard: False if standard output was closed from the start.
        is_last: the process ends with this command.
    """
    begin()
    try:
        code = cli.main(list(arguments), PROGRAM, standalone_mode=False)
        finish()
        _settle(is_last=is_last)
    except (Exception, KeyboardInterrupt) as reason:  # noqa: BLE001 - the end of every error
        _settle(is_last=is_last)
        return int(load_module("output.failure").report_failure(reason, arguments))
    if not is_heard or (done_lines() and lost_output() is not None):
        load_module("output.failure").report_lost_output(is_heard=is_heard)
    return int(code or 0)


def _settle(*, is_last: bool) -> None:
    """From here on no signal makes a command that has done something read as one that has not."""
    if done_lines():
        signals = load_module("output.signals")
        (signals.ignore if is_last else signals.restore)()
