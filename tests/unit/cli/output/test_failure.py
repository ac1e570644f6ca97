"""Every error ends in one message and one exit code, whatever it was."""

from __future__ import annotations

import errno
import json

import click
import pytest

from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.failure import as_error, report_failure
from gitprov.errors import Code, RecordError, StorageError, UsageError


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = RecordError(Code.SCHEMA, "why", field="x")
    assert as_error(error) is error


def test_an_error_of_the_system_names_its_file() -> None:
    error = as_error(OSError(errno.EACCES, "Permission denied", "a\nb"))
    assert isinstance(error, StorageError)
    assert error.code is Code.STORAGE
    assert error.message == "the system refused: Permission denied: 'a\\nb'"
    assert as_error(OSError(errno.EIO, "bad")).message == "the system refused: bad"


def test_a_defect_is_named_in_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_failure(KeyError("x\n" * 1000), []) is Exit.DEFECT
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gitprov: GPV-500-INTERNAL: a defect in gitprov: KeyError: ")
    assert err.endswith("GITPROV_DEBUG=1 shows where, please report it\n")
    assert err.count("\n") == 1
    assert len(err) < 500
    assert as_error(ValueError()).message.startswith("a defect in gitprov: ValueError;")
    assert as_error(OSError("odd")).code is Code.INTERNAL


def test_the_traceback_is_shown_to_whoever_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITPROV_DEBUG", "1")
    report_failure(KeyError("x"), [])
    assert "KeyError: 'x'\ngitprov: GPV-500" in capsys.readouterr().err
    monkeypatch.setenv("GITPROV_DEBUG", "0")
    report_failure(KeyError("x"), [])
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_no_defect(
    capsys: pytest.CaptureFixture[str], reason: BaseException
) -> None:
    assert report_failure(reason, ["--json"]) is Exit.INTERRUPTED
    assert capsys.readouterr() == ("", "gitprov: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "is_json"),
    [
        (["record", "--json"], True),
        (["log", "--jsonl"], True),
        (["record", "--", "--json"], False),
        (["record"], False),
    ],
)
def test_a_usage_error_is_json_where_that_was_asked(
    capsys: pytest.CaptureFixture[str], arguments: list[str], *, is_json: bool
) -> None:
    context = click.Context(click.Command("record"), info_name="gitprov record")
    reason = click.UsageError("wrong.", context)
    assert report_failure(reason, arguments) is Exit.USAGE
    out, err = capsys.readouterr()
    if is_json:
        assert json.loads(out) == {
            "schema": "gitprov.error/v1",
            "code": "GPV-422-ARGUMENT",
            "message": "wrong; see: gitprov record --help",
            "details": {"remedy": "gitprov record --help"},
        }
        assert err == ""
    else:
        assert err == "gitprov: GPV-422-ARGUMENT: wrong; see: gitprov record --help\n"
        assert out == ""


def test_a_bad_value_is_named_by_its_parameter() -> None:
    context = click.Context(click.Command("x"), info_name="gitprov x")
    option = click.Option(["-n", "--number", "count"])
    argument = click.Argument(["kind"])
    for parameter, name in ((option, "--number"), (argument, "KIND")):
        reason = click.BadParameter("not a number", context, parameter)
        assert as_error(reason).message == f"{name}: not a number; see: gitprov x --help"
    missing = click.MissingParameter(ctx=context, param=argument)
    assert as_error(missing).message == "Missing argument 'KIND'; see: gitprov x --help"
    assert as_error(click.ClickException("plain")).message == "plain"


def test_a_group_without_a_command_says_so() -> None:
    context = click.Context(click.Group("notes"), info_name="gitprov notes")
    error = as_error(click.exceptions.NoArgsIsHelpError(context))
    assert isinstance(error, UsageError)
    assert error.message == "a command is missing; see: gitprov notes --help"


@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_reaches_somebody_even_if_output_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("gitprov.cli.output.failure.finish", fail)
    arguments = ["--json"] if as_json else []
    assert report_failure(UsageError(Code.ARGUMENT, "wrong"), arguments) is Exit.USAGE
    assert capsys.readouterr().err == "gitprov: GPV-422-ARGUMENT: wrong\n"
