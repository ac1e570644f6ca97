"""Unusual ways: pushes in steps, a ledger on a branch, mirrors, settings that would interfere."""

from __future__ import annotations

import pytest

from gitprov.app.push import push
from gitprov.model.overrides import Overrides
from gitprov.wiring.workspace import open_workspace
from tests.integration.sync.conftest import LEDGER, TRACKING, Team, record, runs_of, tip_of
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git

pytestmark = [pytest.mark.git, pytest.mark.gpg]
BRANCH = "refs/heads/gitprov-ledger"


def steps(team: Team) -> list[str]:
    """Let the server write down each new tip of the ledger; return the file's lines."""
    log = team.server.path / "steps"
    hook = team.server.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\n[ "$1" != {LEDGER} ] || echo "$3" >>{log}\n')
    hook.chmod(0o755)
    return log.read_text().split() if log.exists() else []


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_large_push_goes_in_steps(
    team: Team, monkeypatch: pytest.MonkeyPatch, *, is_merged: bool
) -> None:
    one, two = team.clone("one"), team.clone("two")
    made = record(one, 5)
    if is_merged:
        record(two)
        assert two("push").code == 0
    assert steps(team) == []
    monkeypatch.setenv("GITPROV_PUSH_ENTRIES", "2")
    monkeypatch.setenv("GNUPGHOME", str(team.keys.home))
    pushed = push(open_workspace(Overrides(path=one.path)), None)
    assert (pushed.sent, pushed.merges) == ((8, 3) if is_merged else (5, 0))
    assert len(steps(team)) == 3
    assert set(made) <= runs_of(team.server)
    assert tip_of(one) == team.tip() == one.git("rev-parse", TRACKING)
    assert Cli(team.server.path)("verify").code == 0


def test_a_ledger_on_a_branch(team: Team, git: Git) -> None:
    server = git.init(team.folder / "forge.git", "--bare")
    env = {"GNUPGHOME": str(team.keys.home)}
    one = Cli(git.init(team.folder / "one").path, env)
    one.git.commit({"a": "x"})
    one.git("remote", "add", "origin", str(server.path))
    key = team.keys["alice"].fingerprint
    assert one("init", "--key", key, "--agent-key", "none", "--ref", BRANCH).code == 0
    assert one("record", *RUN).code == 0
    done = one("push", "--json")
    assert (done.code, done.err, done.json["sent"]) == (0, "", 2)
    assert server("rev-parse", BRANCH) == one.git("rev-parse", BRANCH)
    tracking = "refs/gitprov/remotes/origin/heads/gitprov-ledger"
    assert one.git("rev-parse", tracking) == server("rev-parse", BRANCH)
    (stand,) = one("verify", "--json").json["remotes"]
    assert (stand["remote"], stand["stand"]) == ("origin", "equal")


@pytest.mark.parametrize("kind", ["push", "fetch"])
def test_a_remote_set_up_as_a_mirror(team: Team, kind: str) -> None:
    one = team.clone("one")
    one.git("remote", "add", f"--mirror={kind}", "shadow", str(team.server.path))
    one.git("config", "gitprov.remote", "shadow")
    heads = team.server("for-each-ref", "refs/heads")
    made = [one("record", *RUN, "--json").json["run_id"]]
    done = one("push")
    assert (done.code, done.err) == (0, "")
    assert set(made) <= runs_of(team.server)
    assert team.server("for-each-ref", "refs/heads") == heads


def test_doctor_compares_what_it_has_seen(team: Team, git: Git) -> None:
    one = team.clone("one")
    mirror = git.init(team.folder / "mirror.git", "--bare")
    one.git("remote", "add", "mirror", str(mirror.path))
    assert one("push", "mirror").code == 0
    record(one)
    shown = one("doctor").out
    assert "not on origin yet: 1 entry" in shown
    assert "the mirror mirror equals origin" in shown
    assert one("push").code == 0
    shown = one("doctor").out
    assert "origin, where gitprov push sends, had all when last seen" in shown
    assert "the mirror mirror lacks 1 entry of origin" in shown


def test_doctor_warns_once_of_remotes_among_which_nobody_chose(team: Team) -> None:
    one = team.clone("one")
    one.git("remote", "rename", "origin", "left")
    one.git("remote", "add", "right", "../right.git")
    ended = one("doctor")
    assert (ended.code, ended.out.count("several remotes")) == (0, 1)


def test_a_misspelt_mirror_is_named(team: Team) -> None:
    ended = team.clone("one")("push", "mirorr")
    assert ended.code == 2
    assert "there is no remote 'mirorr' here (known: origin)" in ended.err


def test_settings_of_the_user_change_nothing(team: Team) -> None:
    one = team.clone("one")
    for name, value in (
        ("push.followTags", "true"),
        ("push.default", "matching"),
        ("fetch.prune", "true"),
        ("remote.origin.push", "+refs/*:refs/*"),
        ("remote.origin.fetch", "+refs/gitprov/*:refs/gitprov/*"),
        ("remote.origin.tagOpt", "--tags"),
        ("fetch.writeCommitGraph", "true"),
    ):
        one.git("config", "--add", name, value)
    one.git("tag", "-a", "v1", "-m", "a tag")
    made = [one("record", *RUN, "--json").json["run_id"]]
    before = tip_of(one)
    assert one("pull").code == 0
    assert tip_of(one) == before
    assert one("push").code == 0
    assert set(made) <= runs_of(team.server)
    assert team.server("tag") == ""
    assert team.server("for-each-ref", "refs/gitprov/remotes") == ""


def test_a_shallow_clone_of_the_code_is_fine(team: Team) -> None:
    first = Git(team.folder).init(team.folder / "first")
    first("pull", "--quiet", str(team.server.path), "main")
    for number in range(3):
        first.commit({"file": f"{number}\n"})
    first("push", "--quiet", str(team.server.path), "main")
    path = team.folder / "shallow"
    team.server("clone", "--quiet", "--depth=1", f"file://{team.server.path}", str(path))
    cli = Cli(path, {"GNUPGHOME": str(team.keys.home)})
    cli.git("config", "gitprov.genesis", team.server("rev-list", "--max-parents=0", LEDGER))
    cli.git("config", "gitprov.key", team.keys["alice"].fingerprint)
    assert cli.git("rev-parse", "--is-shallow-repository") == "true"
    done = cli("pull", "--json")
    assert (done.code, done.json["entries"]) == (0, 2)
    made = record(cli, 1, "--commit", "HEAD")
    done = cli("push")
    assert (done.code, done.err) == (0, "")
    assert set(made) <= runs_of(team.server)
    assert cli("verify").code == 0
