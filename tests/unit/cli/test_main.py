"""The root of the command tree, in one process."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from gitprov import __main__ as entry
from gitprov import __version__
from gitprov.cli import main
from gitprov.cli.catalog import COMMANDS
from gitprov.cli.lazy import LazyGroup
from gitprov.cli.main import cli, run


@pytest.fixture(autouse=True)
def _outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"gitprov {__version__}\n", "")


def test_help_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-h"]) == 0
    out = capsys.readouterr().out
    rows = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  ")]
    assert [[name, text] for name, text in COMMANDS.items() if [name, text] not in rows] == []


def test_a_misspelt_command_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["verfy"]) == 2
    assert "no such command: 'verfy'. Did you mean 'verify'?" in capsys.readouterr().err
    assert run(["\x1bzzz\n"]) == 2
    err = capsys.readouterr().err
    assert "Did you mean" not in err
    assert "\x1b" not in err


def test_an_unknown_option_of_the_program_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--colour", "never", "version"]) == 2
    assert "--color" in capsys.readouterr().err
    assert run(["--", "--evil"]) == 2


def test_the_folder_is_changed_as_git_does(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert run(["-C", "a", "-C", "", "-C", "b", "schema"]) == 0
    assert Path.cwd() == tmp_path / "a" / "b"
    assert run(["-C", "absent\n", "schema", "--json"]) == 2
    captured = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(captured)["message"].startswith("-C: cannot change to 'absent\\n': ")


def test_x_01_values_are_judged_before_anything_is_opened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Outside of any repository, so whatever got past parsing would say that."""
    calls = [
        ["verify", "--ref"],
        ["verify", "--genesis"],
        ["record", "--parent"],
        ["record", "--commit"],
        ["init", "--key"],
        ["init", "--agent-key"],
        ["init", "--generate-key"],
        ["init", "--remote"],
        ["flush", "--ref"],
        ["schema", "--"],
    ]
    values = ("-", "--", "-x", "--upload-pack=id", "a\nb", "a\x00b", "")
    wrong = {(*call, value): run([*call, value]) for call in calls for value in values}
    assert {call: code for call, code in wrong.items() if code != 2} == {}
    err = capsys.readouterr().err
    assert err.count("\n") == len(wrong)
    assert err.count("GPV-422-ARGUMENT") == len(wrong)


def test_a_defect_in_a_command_ends_with_70(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("version")
    def broken() -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr(cli, "_load", lambda _name: broken)
    assert run(["version"]) == 70
    assert "RuntimeError: oh" in capsys.readouterr().err


def test_a_broken_output_ends_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(28, "full", "standard output")

    monkeypatch.setattr(main, "finish", fail)
    assert run(["schema"]) == 3
    assert "GPV-507-STORAGE: the system refused: full" in capsys.readouterr().err


def test_a_closed_output_is_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"], is_heard=False) == 0
    assert "standard output is closed" in capsys.readouterr().err


def test_importing_the_entry_starts_nothing() -> None:
    assert entry.__name__ == "gitprov.__main__"


def test_main_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["gitprov", "--version"])
    monkeypatch.setattr(main, "secure", lambda: True)
    with pytest.raises(SystemExit) as caught:
        main.main()
    assert caught.value.code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_asks_the_program(
    capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    assert run(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert (f"_GITPROV_COMPLETE={shell}_complete" in out, err) == (True, "")


def test_completion_names_commands_without_loading_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_load", lambda name: pytest.fail(f"loaded {name}"))
    completion = ShellComplete(cli, {}, "gitprov", "_GITPROV_COMPLETE")
    found = {item.value for item in completion.get_completions([], "ver")}
    assert found == {"verify", "version"}
    assert "--color" in {item.value for item in completion.get_completions([], "--c")}


def test_completion_goes_on_inside_a_command() -> None:
    completion = ShellComplete(cli, {}, "gitprov", "_GITPROV_COMPLETE")
    found = {item.value for item in completion.get_completions(["record", "--status"], "s")}
    assert found == {"SUCCESS", "SKIPPED"}
    assert completion.get_completions(["recrod"], "x") == []


def test_a_group_knows_no_other_command() -> None:
    group = LazyGroup("x", catalog={"a": "A."}, load=click.Command)
    context = click.Context(group)
    assert group.list_commands(context) == ["a"]
    assert group.get_command(context, "b") is None
    found = group.get_command(context, "a")
    assert found is not None
    assert found.short_help == "A."
