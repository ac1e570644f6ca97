"""A second user joins the ledger that a remote has: never a second genesis, nothing on trust."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.joinable import BRANCH, LEDGER, NOTES, Joinable, found_joinable
from tests.support.keys import KeyRing, new_ring

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def files_of(cli: Cli) -> dict[str, bytes]:
    """Return what joining may change: refs and configuration."""
    refs = cli.git("for-each-ref", "--format=%(refname) %(objectname)").encode()
    return {"refs": refs, "config": (cli.path / ".git" / "config").read_bytes()}


def test_joining_sets_everything_and_shows_whose_ledger_it_is(
    server: Joinable, keys: KeyRing
) -> None:
    clone = server.clone("clone", keys)
    joined = clone("init", "--json")
    assert (joined.code, joined.err) == (0, "")
    alice, bot = keys["alice"].fingerprint, keys["bot"].fingerprint
    assert joined.json["genesis"] == server.genesis
    assert joined.json["created"] is False
    assert (joined.json["joined"], joined.json["entries"]) == ("origin", 2)
    assert joined.json["owners"] == [{"name": "Alice", "key": alice}]
    assert (joined.json["owner"], joined.json["agent"]) == (alice, bot)
    assert joined.json["asked"] == []
    assert clone.git("config", "gitprov.genesis") == server.genesis
    assert clone.git("config", "gitprov.remote") == "origin"
    for ref in (LEDGER, NOTES):
        assert clone.git("rev-parse", ref) == server.git("rev-parse", ref)
    assert clone.git("rev-parse", "refs/gitprov/remotes/origin/ledger") == clone.git(
        "rev-parse", LEDGER
    )
    assert "SUCCESS" in clone.git("log", "-1", "--format=%N")
    assert clone("record", *RUN).code == 0
    assert clone("verify").code == 0


def test_joining_again_changes_nothing(server: Joinable, keys: KeyRing) -> None:
    clone = server.clone("clone", keys)
    assert clone("init").code == 0
    before = files_of(clone)
    assert clone("init").code == 0
    assert clone("init", "--remote", "origin", "--genesis", server.genesis).code == 0
    assert files_of(clone) == before


def test_who_has_no_key_may_read_and_learns_what_to_do(server: Joinable, nobody: KeyRing) -> None:
    clone = server.clone("clone", nobody)
    joined = clone("init")
    assert (joined.code, joined.err) == (0, "")
    assert "gitprov init --generate-key" in joined.out
    assert clone("verify").code == 0
    assert clone("log").code == 0
    refused = clone("record", *RUN)
    assert (refused.code, "gitprov key add FILE --name NAME" in refused.err) == (1, True)


def test_the_only_key_at_hand_is_the_one_to_offer(server: Joinable) -> None:
    with new_ring("carol") as ring:
        asked = server.clone("clone", ring)("init", "--json").json["asked"]
        fingerprint = ring["carol"].fingerprint
        assert [each["key"] for each in asked] == [fingerprint]
        assert asked[0]["export"] == f"gpg --armor --export {fingerprint} > carol.asc"
        assert asked[0]["add"] == "gitprov key add carol.asc --name Carol"


def test_a_key_for_agents_is_asked_for_with_its_rights(server: Joinable, nobody: KeyRing) -> None:
    clone = server.clone("clone", nobody)
    flags = ("--generate-key", "Bob <bob@example.org>", "--agent-key", "generate")
    asked = clone("init", *flags, "--json").json["asked"]
    assert [each["add"].partition(" --name ")[0] for each in asked] == [
        "gitprov key add bob.asc",
        f"gitprov key add {asked[1]['export'].rpartition(' ')[2]}",
    ]
    assert asked[1]["add"].endswith(" --actor-kinds ai,system")
    assert clone.git("config", "gitprov.agentKey") == asked[1]["key"]


def test_without_gpg_a_reader_joins(server: Joinable, nobody: KeyRing, tmp_path: Path) -> None:
    clone = server.clone("clone", nobody)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    joined = clone("init", PATH=str(programs))
    assert (joined.code, "no keys could be looked for" in joined.out) == (0, True)
    assert clone.git("config", "gitprov.genesis") == server.genesis


def test_another_genesis_than_the_expected_one_keeps_nothing(
    server: Joinable, keys: KeyRing
) -> None:
    clone = server.clone("clone", keys)
    before = files_of(clone)
    refused = clone("init", "--genesis", "a" * 40)
    assert (refused.code, "GPV-409-ROLLBACK" in refused.err) == (1, True)
    assert files_of(clone) == before
    clone.git("config", "gitprov.genesis", "b" * 40)
    before = files_of(clone)
    for flags in ((), ("--genesis", server.genesis)):
        refused = clone("init", *flags)
        assert (refused.code, "GPV-409-ROLLBACK" in refused.err) == (1, True)
        assert files_of(clone) == before
    clone.git("config", "gitprov.genesis", server.genesis)
    assert clone("init", "--genesis", server.genesis).code == 0
    later = clone("init", "--genesis", "a" * 40)
    assert (later.code, "GPV-409-ROLLBACK" in later.err) == (1, True)


def test_an_expected_ledger_that_is_nowhere_is_not_replaced_by_a_new_one(
    bare_cli: Cli, keys: KeyRing
) -> None:
    refused = bare_cli("init", "--key", keys["alice"].fingerprint, "--genesis", "a" * 40)
    assert (refused.code, "GPV-409-ROLLBACK" in refused.err) == (1, True)
    assert bare_cli.git("for-each-ref") == ""


def test_a_ledger_that_breaks_a_rule_is_not_joined(server: Joinable, keys: KeyRing) -> None:
    tree = server.git("rev-parse", f"{LEDGER}^{{tree}}")
    tip = server.git("rev-parse", LEDGER)
    forged = server.owner.git("commit-tree", "-m", "forged", "-p", tip, tree)
    server.owner.git("push", "--quiet", "origin", f"{forged}:{LEDGER}")
    clone = server.clone("clone", keys)
    before = files_of(clone)
    refused = clone("init")
    assert (refused.code, forged[:12] in refused.err) == (1, True)
    assert files_of(clone) == before


def test_a_remote_that_cannot_be_asked_stops_a_second_genesis(
    server: Joinable, keys: KeyRing
) -> None:
    clone = server.clone("clone", keys)
    key = ("--key", keys["alice"].fingerprint, "--agent-key", "none")
    clone.git("remote", "set-url", "origin", str(server.folder / "gone.git"))
    for flags in ((), ("--remote", "origin")):
        refused = clone("init", *key, *flags)
        assert refused.code not in {0, 70}
        assert ("--offline" in refused.err) == (not flags)
        assert clone.git("for-each-ref", "refs/gitprov", "refs/notes") == ""
    unknown = clone("init", *key, "--remote", "elsewhere")
    assert (unknown.code, "git remote add" in unknown.err) == (2, True)
    assert clone("init", *key, "--offline").code == 0
    assert clone.git("rev-parse", LEDGER) != server.genesis


def test_a_remote_without_a_ledger_gets_the_first_one(keys: KeyRing, tmp_path: Path) -> None:
    server = Git(tmp_path).init(tmp_path / "empty.git", "--bare")
    mine = Git(tmp_path).init(tmp_path / "mine")
    mine("remote", "add", "origin", str(server.path))
    cli = Cli(mine.path, {"GNUPGHOME": str(keys.home)})
    made = cli("init", "--key", keys["alice"].fingerprint, "--remote", "origin", "--json")
    assert (made.code, made.json["created"], made.json["joined"]) == (0, True, None)
    assert mine("config", "gitprov.remote") == "origin"


def test_of_several_remotes_the_one_with_a_ledger_is_joined(
    server: Joinable, keys: KeyRing, tmp_path: Path
) -> None:
    fork = Git(tmp_path).init(tmp_path / "fork.git", "--bare")
    clone = server.clone("clone", keys)
    clone.git("remote", "rename", "origin", "upstream")
    clone.git("remote", "add", "origin", str(fork.path))
    assert clone("init", "--json").json["joined"] == "upstream"
    assert clone.git("config", "gitprov.remote") == "upstream"

    second = server.clone("second", keys)
    second.git("remote", "rename", "origin", "one")
    second.git("remote", "add", "two", str(server.git.path))
    refused = second("init")
    assert (refused.code, "--remote NAME" in refused.err) == (2, True)
    assert second("init", "--remote", "two", "--json").json["joined"] == "two"


def test_a_call_that_was_killed_is_completed_by_the_next(server: Joinable, keys: KeyRing) -> None:
    """The refs land before the pins: what a kill in between leaves is what a fetch leaves."""
    clone = server.clone("clone", keys)
    clone.git("fetch", "--quiet", "origin", f"{LEDGER}:{LEDGER}")
    assert clone("init", "--remote", "origin").code == 0
    assert clone.git("config", "gitprov.genesis") == server.genesis
    assert clone("verify").code == 0


def test_a_ledger_on_a_branch_is_found_without_a_flag(keys: KeyRing, tmp_path: Path) -> None:
    server = found_joinable(tmp_path, keys, "--ref", BRANCH, ref=BRANCH)
    clone = server.clone("clone", keys)
    joined = clone("init", "--json").json
    assert (joined["ref"], joined["joined"]) == (BRANCH, "origin")
    assert clone.git("config", "gitprov.ref") == BRANCH
    assert clone.git("rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert clone("record", *RUN, "--commit", "HEAD").code == 0
    assert clone.git("status", "--porcelain") == ""
    assert clone("verify").code == 0
    assert "protect it on the server" in clone("doctor").out
    assert clone("push").code == 0
    assert server.git("rev-parse", BRANCH) == clone.git("rev-parse", BRANCH)
    assert server.owner("pull").code == 0
    assert server.owner("log", "-n", "5").out.count("SUCCESS") == 2
    refused = server.clone("third", keys)("init", "--ref", LEDGER)
    assert (refused.code, f"--ref {BRANCH}" in refused.err) == (2, True)
    clone.git("switch", "--quiet", "gitprov-ledger")
    told = clone("doctor")
    assert (told.code, "is checked out" in told.out) == (1, True)


def test_a_ledger_of_a_team_stands_beside_the_one_of_all(server: Joinable, keys: KeyRing) -> None:
    team = "refs/gitprov/ledgers/tools"
    clone = server.clone("clone", keys)
    key = ("--key", keys["alice"].fingerprint, "--agent-key", "none")
    made = clone("init", "--ref", team, *key, "--json").json
    assert (made["created"], made["ref"]) == (True, team)
    assert made["genesis"] != server.genesis
    assert clone("push").code == 0
    joined = server.clone("other", keys)("init", "--ref", team, "--json").json
    assert (joined["joined"], joined["genesis"]) == ("origin", made["genesis"])
