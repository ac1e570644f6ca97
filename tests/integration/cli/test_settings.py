"""A setting is what ``git config`` says, from wherever git takes it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_world import RUN, Cli

OTHER = "refs/gitprov/ledgers/other"
_COUNT = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "gitprov.ref",
    "GIT_CONFIG_VALUE_0": OTHER,
}
Variables = dict[str, Any]
Place = Callable[[Cli, Path], Variables]


def _include(cli: Cli, folder: Path) -> Path:
    file = folder / "included"
    file.write_text(f"[gitprov]\n\tref = {OTHER}\n")
    del cli
    return file


def _global(cli: Cli, folder: Path) -> Variables:
    file = folder / "personal"
    file.write_text(f"[gitprov]\n\tref = {OTHER}\n")
    del cli
    return {"GIT_CONFIG_GLOBAL": str(file)}


def _system(cli: Cli, folder: Path) -> Variables:
    del cli
    file = folder / "system"
    file.write_text(f"[gitprov]\n\tref = {OTHER}\n")
    return {"GIT_CONFIG_SYSTEM": str(file), "GIT_CONFIG_NOSYSTEM": None}


def _included(cli: Cli, folder: Path) -> Variables:
    cli.git("config", "include.path", str(_include(cli, folder)))
    return {}


def _condition(text: str) -> Place:
    def place(cli: Cli, folder: Path) -> Variables:
        name = text.format(git_dir=os.path.realpath(cli.path / ".git"))
        cli.git("config", f"includeIf.{name}.path", str(_include(cli, folder)))
        return {}

    return place


def _remote_condition(cli: Cli, folder: Path) -> Variables:
    cli.git("config", "remote.origin.url", "https://example.org/x.git")
    return _condition("hasconfig:remote.*.url:https://example.org/**")(cli, folder)


def _worktree(cli: Cli, folder: Path) -> Variables:
    del folder
    cli.git("config", "extensions.worktreeConfig", "true")
    cli.git("config", "--worktree", "gitprov.ref", OTHER)
    return {}


def _count(cli: Cli, folder: Path) -> Variables:
    del cli, folder
    return dict(_COUNT)


def _parameters(cli: Cli, folder: Path) -> Variables:
    del cli, folder
    return {"GIT_CONFIG_PARAMETERS": f"'gitprov.ref'='{OTHER}'"}


PLACES = {
    "personal": _global,
    "system": _system,
    "include": _included,
    "gitdir": _condition("gitdir:{git_dir}"),
    "gitdir-any-case": _condition("gitdir/i:{git_dir}"),
    "branch": _condition("onbranch:ma*"),
    "remote": _remote_condition,
    "worktree": _worktree,
    "count": _count,
    "git-c": _parameters,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_setting_holds_wherever_git_takes_it_from(cli: Cli, tmp_path: Path, place: str) -> None:
    variables = PLACES[place](cli, tmp_path)
    asked = cli("config", "--jsonl", **variables)
    rows = {row["name"]: row for row in map(_json, asked.lines)}
    assert rows["gitprov.ref"]["value"] == OTHER
    assert rows["gitprov.ref"]["origin"] not in {"default", ""}
    # It is not only shown: nothing is at that ref.
    assert "GPV-404-NO-LEDGER" in cli("log", **variables).err
    shown = cli("doctor", **variables).out
    assert f"gitprov.ref = {OTHER} ({rows['gitprov.ref']['origin']})" in shown


@pytest.mark.parametrize("place", ["include", "count", "git-c", "personal"])
def test_a_pinned_genesis_is_enforced_from_there(cli: Cli, tmp_path: Path, place: str) -> None:
    cli.git("config", "--unset", "gitprov.genesis")
    assert cli("record", *RUN).code == 0
    wrong = "1" * 40
    variables: Variables = {}
    if place == "git-c":
        variables = {"GIT_CONFIG_PARAMETERS": f"'gitprov.genesis'='{wrong}'"}
    elif place == "count":
        variables = {**_COUNT, "GIT_CONFIG_KEY_0": "gitprov.genesis", "GIT_CONFIG_VALUE_0": wrong}
    else:
        file = tmp_path / "file"
        file.write_text(f"[gitprov]\n\tgenesis = {wrong}\n")
        if place == "personal":
            variables = {"GIT_CONFIG_GLOBAL": str(file)}
        else:
            cli.git("config", "include.path", str(file))
    found = cli("verify", **variables)
    assert (found.code, found.out.partition(":")[0]) == (1, "GPV-409-ROLLBACK")


def test_every_setting_is_taken_from_git_config(cli: Cli) -> None:
    rows = [_json(line) for line in cli("config", "--jsonl").lines]
    for row in rows:
        cli.git("config", row["name"], "7")
    found = [_json(line) for line in cli("config", "--jsonl").lines]
    assert {row["value"] for row in found} == {"7"}
    assert all(row["origin"].endswith("/config") for row in found)


def test_without_a_git_program_the_files_are_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _included(cli, tmp_path)
    asked = cli("config", "--jsonl", PATH=str(tmp_path / "empty"))
    rows = {row["name"]: row for row in map(_json, asked.lines)}
    assert rows["gitprov.ref"]["value"] == OTHER


def test_a_broken_configuration_is_named(cli: Cli) -> None:
    with (cli.path / ".git" / "config").open("a") as file:
        file.write("[gitprov\n")
    found = cli("log")
    assert found.code == 3
    assert "bad config line" in found.err


def _json(line: str) -> dict[str, str]:
    row: dict[str, str] = json.loads(line)
    return row
