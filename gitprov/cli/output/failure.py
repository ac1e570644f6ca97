"""The one place where every error ends: a message for its reader, and an exit code.

No traceback reaches a user unless the environment says GITPROV_DEBUG=1.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import click

from gitprov.cli.output.exit_codes import Exit, exit_of_error
from gitprov.cli.output.render import print_error, tell, warn
from gitprov.cli.output.streams import done_code, done_lines, drop, finish, lost_output
from gitprov.errors import Code, GitprovError, StorageError, UsageError
from gitprov.wiring.system import variable

_LONGEST = 300
_MOST_LINES = 100
_SIGNALLED = 128


def report_failure(reason: BaseException, arguments: Sequence[str]) -> int:
    """Report whatever a command raised; return the exit code.

    Args:
        reason: what was raised.
        arguments: of the program; they say whether the reader wants JSON, also where parsing
            stopped before the flag.
    """
    if variable("GITPROV_DEBUG") == "1":
        traceback.print_exception(reason)
    if isinstance(reason, click.Abort) and isinstance(reason.__cause__, KeyboardInterrupt):
        reason = reason.__cause__
    if isinstance(reason, KeyboardInterrupt | click.Abort):
        return _interrupted(reason)
    _tell_done()
    error = as_error(reason)
    as_json = _wants_json(arguments)
    try:
        print_error(error, as_json=as_json)
        finish()
    except OSError:
        if as_json:
            tell(str(error))
    return exit_of_error(error)


def report_lost_output(*, is_heard: bool) -> None:
    """Say on standard error what was done and could not be printed; it stays done.

    Args:
        is_heard: False if standard output was closed from the start.
    """
    _tell_done()
    lost = lost_output()
    if not is_heard:
        warn("standard output is closed, so nothing was printed")
    elif lost is not None:
        warn(f"standard output was lost ({lost.strerror})")


def _tell_done() -> None:
    lines = done_lines()
    for line in lines[:_MOST_LINES]:
        tell(line)
    if len(lines) > _MOST_LINES:
        tell(f"and {len(lines) - _MOST_LINES} more")


def _interrupted(reason: BaseException) -> int:
    """What is done is done, whoever interrupts: a caller must not take it for undone."""
    named = str(reason) or "interrupted"
    if not done_lines():
        tell(named)
        number = getattr(reason, "number", None)
        return Exit.INTERRUPTED if number is None else _SIGNALLED + number
    drop()  # whoever does not read it must not hold up the end
    _tell_done()
    tell(f"{named} after that")
    return done_code()


def as_error(reason: BaseException) -> GitprovError:
    """Turn whatever was raised into an error with a code."""
    if isinstance(reason, GitprovError):
        return reason
    if isinstance(reason, click.ClickException):
        return _usage_error(reason)
    if isinstance(reason, OSError) and reason.strerror:
        place = "" if reason.filename is None else f": {str(reason.filename)!r}"
        return StorageError(Code.STORAGE, f"the system refused: {reason.strerror}{place}")
    if isinstance(reason, MemoryError):
        return StorageError(Code.STORAGE, "the system refused: there is no memory left")
    what = f"{type(reason).__name__}: {reason}".removesuffix(": ")
    text = f"a defect in gitprov: {what[:_LONGEST]}"
    return GitprovError(Code.INTERNAL, f"{text}; GITPROV_DEBUG=1 shows where, please report it")


def _usage_error(reason: click.ClickException) -> UsageError:
    context = getattr(reason, "ctx", None)
    if context is None:
        return UsageError(Code.ARGUMENT, reason.format_message())
    remedy = f"{context.command_path} --help"
    if isinstance(reason, click.exceptions.NoArgsIsHelpError):
        return UsageError(Code.ARGUMENT, f"a command is missing; see: {remedy}", remedy=remedy)
    text = reason.format_message()
    if isinstance(reason, click.BadParameter) and reason.param is not None and reason.message:
        text = f"{_name(reason.param)}: {reason.message}"
    return UsageError(Code.ARGUMENT, f"{text.rstrip('.')}; see: {remedy}", remedy=remedy)


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return parameter.human_readable_name
    return max(parameter.opts, key=len)


def _wants_json(arguments: Sequence[str]) -> bool:
    options = list(arguments)
    if "--" in options:
        options = options[: options.index("--")]
    return "--json" in options or "--jsonl" in options
