"""Which repository is meant, and which files, in a hook and wherever else git is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import gitprov
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

DRAFT = {
    "agent_name": "a",
    "run_status": "SUCCESS",
    "status_before": "A",
    "status_after": "B",
    "mutation": {"actor_kind": "HUMAN"},
}


def entries(cli: Cli) -> int:
    return int(cli.git("rev-list", "--count", "refs/gitprov/ledger"))


def last_input(cli: Cli) -> tuple[str, bool]:
    run_id = cli.git(
        "log", "-1", "--format=%(trailers:key=Run-Id,valueonly)", "refs/gitprov/ledger"
    )
    record = cli("show", run_id.strip(), "--json").json["record"]
    return record["input_files"][0]["path"], record["input_context"]["dirty"]


@pytest.fixture
def other(cli: Cli, tmp_path: Path) -> Cli:
    """A second repository with a ledger of its own."""
    found = cli.at(cli.git.init(tmp_path / "other").path)
    key = cli.git("config", "gitprov.key")
    assert found("init", "--key", key, "--agent-key", "none").code == 0
    return found


def test_an_explicit_path_beats_git_dir(
    cli: Cli, other: Cli, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = entries(other)
    monkeypatch.setenv("GNUPGHOME", str(keys.home))
    git_dir = other.path / ".git"
    for name, path in (("DIR", git_dir), ("WORK_TREE", other.path), ("COMMON_DIR", git_dir)):
        monkeypatch.setenv(f"GIT_{name}", str(path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(git_dir / "objects"))
    with gitprov.open_ledger(cli.path) as ledger:
        assert ledger.append(DRAFT).state == "recorded"
    named = {"GIT_DIR": str(other.path / ".git"), "GIT_INDEX_FILE": "/nowhere"}
    assert cli("-C", str(cli.path), "record", *RUN, **named).code == 0
    monkeypatch.undo()
    assert (entries(cli), entries(other)) == (3, before)


def test_without_one_git_dir_counts(cli: Cli, other: Cli) -> None:
    assert cli("record", *RUN, GIT_DIR=str(other.path / ".git")).code == 0
    assert (entries(cli), entries(other)) == (1, 2)


def test_the_work_tree_is_the_one_that_git_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "files" / "sub").mkdir(parents=True)
    (tmp_path / "files" / "sub" / "f").write_text("x")
    variables = {
        "GIT_DIR": str(cli.path / ".git"),
        "GIT_WORK_TREE": str(tmp_path / "files"),
    }
    below = cli.at(tmp_path / "files" / "sub")
    assert below("record", *RUN, "--input", "f", **variables).code == 0
    assert last_input(cli) == ("sub/f", True)
    outside = cli("record", *RUN, "--input", "f", **variables)
    assert outside.code == 2


def test_a_linked_worktrees_own_settings_and_files_count(cli: Cli, tmp_path: Path) -> None:
    cli.git.commit({"sub/f": "x"})
    cli.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = cli.at(tmp_path / "linked" / "sub")
    assert linked("record", *RUN, "--input", "f").code == 0
    assert last_input(cli) == ("sub/f", False)


# Hook -> what runs it; the file `g` was changed before where that needs it.
TRIGGERS = {
    "pre-commit": "git commit -qam x",
    "pre-commit of some files": "git commit -qm x -- g",
    "prepare-commit-msg": "git commit -qam x",
    "commit-msg": "git commit -qam x",
    "post-commit": "git commit -qam x",
    "post-rewrite": "git commit -q --amend -m y",
    "post-checkout": "git checkout -q -b topic",
    "pre-merge-commit": "git merge -q --no-ff -m m side",
    "post-merge": "git merge -q side",
    "pre-rebase": "git rebase -q side",
    "pre-push": "git push -q ../bare.git HEAD",
    "post-index-change": "git add g",
    "reference-transaction": "git tag t",
    "applypatch-msg": "git format-patch -q --stdout HEAD..side >../p; git am -q ../p",
}


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("where", ["main", "linked"])
def test_paths_are_right_in_every_hook_that_changes_its_folder(
    cli: Cli, keys: KeyRing, tmp_path: Path, trigger: str, where: str
) -> None:
    git = cli.git
    git.commit({"sub/f": "x", "g": "y"})
    git("branch", "side")
    git("checkout", "-q", "side")
    git.commit({"h": "z"})
    git("checkout", "-q", "main")
    git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    folder = cli.path
    if where == "linked":
        folder = tmp_path / "linked"
        git("worktree", "add", "-q", "-b", "own", str(folder))
    if "commit" in TRIGGERS[trigger] or "add" in TRIGGERS[trigger]:
        (folder / "g").write_text("changed")
    hook = cli.path / ".git" / "hooks" / trigger.partition(" ")[0]
    hook.parent.mkdir(exist_ok=True)
    once = f"[ -e {tmp_path}/ran ] && exit 0; touch {tmp_path}/ran\n"
    record = " ".join(("record", *RUN, "--input", "f"))
    program = f"PYTHONPATH={ROOT} GNUPGHOME={keys.home} {sys.executable} -m gitprov"
    hook.write_text(f"#!/bin/sh\n{once}cd sub && {program} {record} >/dev/null\n")
    hook.chmod(0o755)
    done = cli.at(folder).shell(TRIGGERS[trigger])
    assert done.code == 0, done.err
    assert last_input(cli) == ("sub/f", False)


def test_git_in_a_hook_finds_the_submodules_own_ledger_or_the_one_around_it(
    cli: Cli, tmp_path: Path
) -> None:
    part = cli.git.init(tmp_path / "part")
    part.commit({"f": "x"})
    cli.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "m")
    cli.git("commit", "-qm", "with a module")
    inside = cli.at(cli.path / "m")
    assert inside("record", *RUN, "--input", "f").code == 0
    assert last_input(cli) == ("m/f", True)
    key = cli.git("config", "gitprov.key")
    assert inside("init", "--key", key, "--agent-key", "none").code == 0
    assert inside("record", *RUN, "--input", "f").code == 0
    assert last_input(inside) == ("f", False)
    assert (entries(cli), entries(inside)) == (2, 2)


def test_a_ceiling_is_not_climbed_over(cli: Cli) -> None:
    below = cli.path / "build" / "scratch"
    below.mkdir(parents=True)
    for ceiling in (str(cli.path / "build"), f":{cli.path / 'build'}", f"/x:{cli.path}"):
        found = cli.at(below)("log", GIT_CEILING_DIRECTORIES=ceiling)
        assert (found.code, "no Git repository" in found.err) == (3, True), ceiling
    for ceiling in (str(below), str(cli.path.parent), "build", ""):
        assert cli.at(below)("log", GIT_CEILING_DIRECTORIES=ceiling).code == 0, ceiling


def test_objects_are_where_git_is_told_they_are(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    variables = {
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "store"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(cli.path / ".git" / "objects"),
    }
    assert cli("record", *RUN, **variables).code == 0
    there = Git(cli.path, variables)
    tip = there("rev-parse", "refs/gitprov/ledger")
    assert (tmp_path / "store" / tip[:2] / tip[2:]).exists()
    assert there("log", "-1", "--format=%s", tip).startswith("run SUCCESS")
    assert cli("verify", **variables).code == 0
    assert cli("verify", "--jobs", "2", **variables).code == 0
    assert cli("verify").code == 1  # without the variables its objects are missing


def test_a_record_outlives_the_quarantine_of_a_refused_push(cli: Cli, tmp_path: Path) -> None:
    """A server's own hook records: what it writes must not go with the push."""
    quarantine = tmp_path / "incoming"
    quarantine.mkdir()
    variables = {
        "GIT_DIR": str(cli.path / ".git"),
        "GIT_QUARANTINE_PATH": str(quarantine),
        "GIT_OBJECT_DIRECTORY": str(quarantine),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(cli.path / ".git" / "objects"),
    }
    pushed = Git(cli.path, variables)("commit-tree", "-m", "pushed", EMPTY_TREE)
    Git(cli.path, variables)("hash-object", "-t", "tree", "-w", "/dev/null")
    assert (quarantine / pushed[:2]).exists()
    ended = cli("record", *RUN, "--commit", pushed, **variables)
    assert ended.code == 0, ended.err
    shutil.rmtree(quarantine)
    assert entries(cli) == 2
    assert cli("verify").code == 0
    cli.git("fsck", "--no-dangling")


def test_refs_of_a_namespace_are_not_a_clients_business(cli: Cli) -> None:
    assert cli("record", *RUN, GIT_NAMESPACE="team").code == 0
    assert entries(cli) == 2


def test_a_repository_of_another_account_is_refused_with_what_helps(cli: Cli) -> None:
    for folder, _, files in os.walk(cli.path):
        for name in (".", *files):
            os.chown(Path(folder, name), 12345, 12345)
    refused = cli("log")
    assert refused.code == 3
    command = f"git config --global --add safe.directory {cli.path}"
    assert refused.err.rstrip().endswith(command)
    for variables in (
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"},
        {"GIT_CONFIG_PARAMETERS": f"'safe.directory'='{cli.path}'"},
        {"GIT_DIR": str(cli.path / ".git")},
        {"SUDO_UID": "12345"},
    ):
        assert cli("log", **variables).code == 0, variables
    cli.git(
        "config", "--file", ".git/config", "safe.directory", "*"
    )  # the repository cannot vouch for itself
    assert cli("log").code == 3
