"""The program where its surroundings are odd, hostile or broken (X-01, X-07)."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.support.cli_world import ENTRY, RUN, Cli
from tests.support.git import Git
from tests.support.history import LEDGER

OPTIONS = (
    ("verify", "--ref"),
    ("verify", "--genesis"),
    ("verify", "--engine"),
    ("record", "--parent"),
    ("record", "--commit"),
    ("record", "--status"),
    ("record", "--actor"),
    ("record", "--started"),
    ("record", "--job-id"),
    ("init", "--remote"),
    ("flush", "--ref"),
)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_x_01_a_value_like_an_option_is_refused(cli: Cli, command: str, option: str) -> None:
    before = cli.git("for-each-ref")
    flags = RUN if command == "record" and option not in RUN else ()
    ended = cli(command, *flags, option, "--upload-pack=id")
    assert ended.code == 2, ended.out
    assert ended.err.startswith(("gitprov: GPV-422-ARGUMENT: ", "gitprov: GPV-422-SCHEMA: "))
    assert cli.git("for-each-ref") == before


@pytest.mark.parametrize("option", ["--key", "--agent-key", "--generate-key"])
def test_x_01_a_key_like_an_option_is_refused(bare_cli: Cli, option: str) -> None:
    ended = bare_cli("init", option, "--homedir=x")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("gitprov: GPV-422-ARGUMENT: ")
    assert bare_cli.git("for-each-ref") == ""


@pytest.mark.parametrize("command", ["schema", "record", "verify"])
def test_x_01_an_unknown_option_is_wrong_use(cli: Cli, command: str) -> None:
    ended = cli(command, "--evil", "--json")
    assert (ended.code, ended.json["code"]) == (2, "GPV-422-ARGUMENT")
    assert cli(command, "--", "--evil").code == 2


def test_x_07_without_home(cli: Cli) -> None:
    ended = cli("record", *RUN, HOME=None)
    assert (ended.code, ended.err) == (0, "")
    assert cli("verify", HOME=None, XDG_STATE_HOME=None).code == 0


@pytest.mark.parametrize("locale", ["C", "POSIX", "tr_TR.UTF-8"])
def test_x_07_in_any_locale(cli: Cli, locale: str) -> None:
    ended = cli("record", *RUN, "--note", "Grüße, 你好", LC_ALL=locale, LANG=locale)
    assert (ended.code, ended.err) == (0, "")
    shown = cli("record", *RUN, "--label", "Straße=你", "--dry-run", LC_ALL=locale)
    assert 'Straße": "你"' in shown.out
    assert cli("verify", LC_ALL=locale).code == 0


def test_x_07_where_python_knows_ascii_only(cli: Cli) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    refused = cli("record", *RUN, "--note", "Grüße", **ascii_only)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    yaml = cli("record", *RUN, "--note", "Grüße", "--dry-run").out
    assert cli("record", "-", stdin=yaml, **ascii_only).code == 0
    assert cli("verify", **ascii_only).code == 0


def test_x_07_with_an_open_umask(cli: Cli) -> None:
    ended = cli.shell(f"umask 000; gitprov record {' '.join(RUN)}")
    assert (ended.code, ended.err) == (0, "")
    state = cli.path / ".git" / "gitprov"
    open_to_all = [p for p in state.rglob("*") if p.stat().st_mode & 0o002 and not p.is_symlink()]
    assert open_to_all == []


@pytest.mark.parametrize("command", ["record", "verify", "flush", "init"])
def test_x_07_in_a_folder_that_is_gone(cli: Cli, command: str) -> None:
    call = " ".join((command, *(RUN if command == "record" else ())))
    ended = cli.shell(f'mkdir gone && cd gone && rmdir "$PWD"; gitprov {call}')
    assert ended.code == 3
    assert "no longer exists" in ended.err + ended.out
    assert "Traceback" not in ended.err


def test_x_07_help_works_in_a_folder_that_is_gone(cli: Cli) -> None:
    ended = cli.shell('mkdir gone && cd gone && rmdir "$PWD"; gitprov --help')
    assert ended.code == 0
    assert ended.lines[0].startswith("Usage: gitprov")


def test_x_07_with_standard_output_closed(cli: Cli) -> None:
    ended = cli.shell(f"gitprov record {' '.join(RUN)} >&-")
    assert (ended.code, ended.out) == (0, "")
    recorded, closed = ended.err.splitlines()
    assert recorded.startswith("gitprov: recorded ")
    assert closed == "gitprov: warning: standard output is closed, so nothing was printed"
    assert cli.git("rev-list", "--count", "refs/gitprov/ledger") == "2"
    assert cli("verify").code == 0


def test_x_07_with_all_streams_closed(cli: Cli) -> None:
    ended = cli.shell(f"gitprov record {' '.join(RUN)} <&- >&- 2>&-")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert cli("verify").code == 0
    assert cli.shell("gitprov recrod >&- 2>&-").code == 2


def test_x_07_with_standard_input_closed(cli: Cli) -> None:
    ended = cli.shell("gitprov record - <&-")
    assert ended.code == 2
    assert ended.err.startswith("gitprov: GPV-400-RECORD-FORM: ")
    assert cli.shell(f"gitprov record {' '.join(RUN)} <&-").code == 0


def test_x_07_with_standard_output_full(cli: Cli) -> None:
    ended = cli.shell("gitprov verify > /dev/full")
    assert ended.code == 3
    assert ended.err.startswith("gitprov: GPV-507-STORAGE: ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("args", ["--help", "--version", "schema run", "config --jsonl"])
def test_a_reader_may_leave(cli: Cli, args: str) -> None:
    ended = cli.shell(f'gitprov {args} | true; echo "${{PIPESTATUS[0]}}"')
    assert (ended.lines, ended.err) == (["0"], "")


def test_no_defect_shows_a_traceback_unless_asked(cli: Cli) -> None:
    broken = cli.path / "broken"
    broken.mkdir()
    (broken / "pygit2.py").write_text("raise RuntimeError('wrong\\nmodule')\n")
    path = f"{broken}:{cli.environment()['PYTHONPATH']}"
    ended = cli("verify", PYTHONPATH=path)
    assert (ended.code, ended.out) == (70, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("gitprov: GPV-500-INTERNAL: a defect in gitprov: RuntimeError: ")
    assert "GITPROV_DEBUG=1" in ended.err
    as_json = cli("verify", "--json", PYTHONPATH=path)
    assert (as_json.code, as_json.json["code"]) == (70, "GPV-500-INTERNAL")
    debugged = cli("verify", PYTHONPATH=path, GITPROV_DEBUG="1")
    assert debugged.code == 70
    assert "Traceback" in debugged.err


def test_an_interrupt_ends_with_130(cli: Cli) -> None:
    pipe = cli.path / "pipe"
    os.mkfifo(pipe)
    with (
        subprocess.Popen(
            [*ENTRY, "record", "--batch", "pipe"],
            cwd=cli.path,
            env=cli.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running,
        pipe.open("wb"),
    ):  # returns as soon as the program opens the other end
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"\ngitprov: interrupted\n")


def test_wrong_use_names_the_nearest_word(cli: Cli) -> None:
    assert "Did you mean 'record'?" in cli("recrod").err
    assert "Did you mean 'policy'?" in cli("schema", "polcy").err
    assert "Did you mean 'system'?" in cli("record", *RUN, "--actor", "SYSTM").err


def test_no_command_shows_the_help_on_standard_error(cli: Cli) -> None:
    ended = cli()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: gitprov")


def test_a_damaged_ledger_loses_no_run(cli: Cli) -> None:
    """A forged tip stops the ledger, not the run: its record waits until the tip is repaired."""
    git = Git(cli.path)
    good = git("rev-parse", LEDGER)
    forged = git("commit-tree", "-p", good, "-m", "run SUCCESS forged", f"{good}^{{tree}}")
    git("update-ref", LEDGER, forged)
    done = cli("record", *RUN, "--json")
    assert (done.code, done.json["state"]) == (0, "spooled")
    assert [each["code"] for each in done.json["warnings"]] == ["GPV-500-STORE-CORRUPT"]
    assert cli("record", *RUN, "--strict").code == 3
    git("update-ref", LEDGER, good)
    assert cli("flush").code == 0
    assert cli("show", done.json["run_id"], "--raw").code == 0
    assert cli("verify").code == 0
