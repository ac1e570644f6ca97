"""A remote without the hook, a hook that dies, and what the pusher is told."""

from __future__ import annotations

import pytest

from tests.integration.sync.conftest import Team, record
from tests.support.cli_world import Cli
from tests.support.git import Git
from tests.support.server_caretaker import write_hook

PROBE = "refs/gitprov/probe"


@pytest.fixture
def cli(team: Team) -> Cli:
    return team.clone("one")


def probed(cli: Cli) -> tuple[int, dict[str, str]]:
    """How the doctor ended, and what it found by its probe."""
    ended = cli("doctor", "--probe", "--json")
    (found,) = [check for check in ended.json["checks"] if check["section"] == "probe"]
    return ended.code, found


def test_a_remote_without_the_hook_is_found_and_left_as_it_was(cli: Cli, team: Team) -> None:
    before = team.server("for-each-ref")
    code, found = probed(cli)
    assert (code, found["health"]) == (1, "problem")
    assert "refuses nothing" in found["message"]
    assert "gitprov server install" in found["remedy"]
    assert team.server("for-each-ref") == before


def test_a_protected_branch_is_not_called_unguarded(cli: Cli, team: Team) -> None:
    """A forge without hooks protects a branch in its own way, which a harmless push cannot see."""
    branch = "refs/heads/gitprov-ledger"
    cli.git("update-ref", branch, "refs/gitprov/ledger")
    cli.git("config", "gitprov.ref", branch)
    ended, found = probed(cli)
    assert (ended, found["health"]) == (0, "warning")
    assert f"whether it protects {branch} was not tried" in found["message"]
    assert "refs/gitprov/probe" not in team.server("for-each-ref")


def test_a_guarded_remote_passes(cli: Cli, team: Team) -> None:
    team.guard()
    code, found = probed(cli)
    assert (code, found["health"]) == (0, "ok"), found


def test_a_fork_has_no_hook(cli: Cli, team: Team) -> None:
    team.guard()
    fork = Git(team.folder).init(team.folder / "fork.git", "--bare")
    team.server("push", "--quiet", str(fork.path), "refs/gitprov/ledger")
    cli.git("remote", "set-url", "origin", str(fork.path))
    assert probed(cli)[0] == 1


def test_another_hooks_refusal_is_not_taken_for_ours(cli: Cli, team: Team) -> None:
    write_hook(team.server.path / "hooks/pre-receive", "#!/bin/sh\necho closed today >&2\nexit 1\n")
    code, found = probed(cli)
    assert (code, found["health"]) == (3, "unknown")
    assert "not by gitprov's hook" in found["message"]


def test_without_the_option_no_network_is_used(cli: Cli, team: Team) -> None:
    team.server.path.rename(team.folder / "gone.git")
    ended = cli("doctor", "--json")
    assert [check for check in ended.json["checks"] if check["section"] == "probe"] == []
    code, found = probed(cli)
    assert (code, found["health"]) == (3, "unknown")


@pytest.mark.parametrize("end", ["kill -9 $$", "exit 1"])
def test_a_hook_that_dies_without_a_word_has_judged_nothing(cli: Cli, team: Team, end: str) -> None:
    write_hook(team.server.path / "hooks/pre-receive", f"#!/bin/sh\ncat >/dev/null\n{end}\n")
    record(cli)
    pushed = cli("push", "--json")
    assert (pushed.code, pushed.json["code"]) == (3, "GPV-500-INTERNAL"), pushed
    assert "ended without a word" in pushed.json["message"]
    assert "gitprov server doctor" in pushed.json["details"]["remedy"]
