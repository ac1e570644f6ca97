"""``gitprov init`` as a newcomer and a maintainer call it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing, new_ring

LEDGER = "refs/gitprov/ledger"


@pytest.fixture
def empty_ring() -> Iterator[KeyRing]:
    """A gpg home without a key."""
    with new_ring() as ring:
        yield ring


@pytest.fixture
def newcomer(git: Git, empty_ring: KeyRing) -> Cli:
    """A repository whose user has no key at all."""
    path = git.path / "repo"
    git("init", "--quiet", str(path))
    return Cli(path, {"GNUPGHOME": str(empty_ring.home)})


def test_without_a_key_the_very_line_to_type_is_shown(newcomer: Cli, empty_ring: KeyRing) -> None:
    refused = newcomer("init")
    assert (refused.code, refused.out) == (2, "")
    found = re.search(r'gitprov init --generate-key "[^"]+"', refused.err)
    assert found is not None
    assert newcomer.git.attempt("rev-parse", "--verify", "-q", LEDGER).returncode == 1
    typed = newcomer.shell(found[0])
    assert (typed.code, typed.err) == (0, "")
    listed = empty_ring.gpg("--with-colons", "--list-secret-keys").decode()
    assert listed.count("\nsec:") + listed.startswith("sec:") == 2
    assert newcomer("verify").code == 0


def test_init_tells_what_it_made(bare_cli: Cli, keys: KeyRing) -> None:
    alice, bot = keys["alice"].fingerprint, keys["bot"].fingerprint
    made = bare_cli("init", "--key", "alice@example.org", "--agent-key", bot, "--json").json
    genesis = bare_cli.git("rev-parse", LEDGER)
    assert made == {
        "schema": "gitprov.init/v1",
        "created": True,
        "ledger_id": made["ledger_id"],
        "genesis": genesis,
        "ref": LEDGER,
        "owner": alice,
        "agent": bot,
        "owners": [{"name": "Alice", "key": alice}],
        "did": made["did"],
        "joined": None,
        "entries": 0,
        "asked": [],
    }
    config = dict(
        line.split(" ", 1)
        for line in bare_cli.git("config", "--get-regexp", "gitprov").splitlines()
    )
    assert config["gitprov.genesis"] == genesis
    assert (config["gitprov.key"], config["gitprov.agentkey"]) == (alice, bot)
    assert bare_cli.git("config", "notes.displayRef") == "refs/notes/gitprov"


def test_again_it_says_so_and_changes_nothing(cli: Cli) -> None:
    before = (cli.git("rev-parse", LEDGER), (cli.path / ".git" / "config").read_text())
    again = cli("init")
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("there is a ledger at refs/gitprov/ledger already")
    assert cli("init", "--json").json["created"] is False
    after = (cli.git("rev-parse", LEDGER), (cli.path / ".git" / "config").read_text())
    assert after == before


def test_one_key_for_all_signs_for_all(bare_cli: Cli, keys: KeyRing) -> None:
    ended = bare_cli("init", "--key", keys["alice"].fingerprint, "--agent-key", "none")
    assert ended.code == 0, ended.err
    flags = tuple("system" if flag == "human" else flag for flag in RUN)
    assert bare_cli("record", *flags).code == 0
    assert bare_cli.git("log", "-1", "--format=%an", LEDGER) == "Alice"


def test_the_ledger_may_live_elsewhere(bare_cli: Cli, keys: KeyRing) -> None:
    flags = ("--key", keys["alice"].fingerprint, "--agent-key", "none")
    ref = "refs/heads/gitprov-ledger"
    assert bare_cli("init", *flags, "--ref", ref, "--store", "../other.git").code == 0
    assert bare_cli("record", *RUN, "--json").json["state"] == "recorded"
    store = bare_cli.git.at(bare_cli.path / "other.git")
    assert store("rev-list", "--count", ref) == "2"
    assert bare_cli("verify").code == 0


def test_two_ways_to_name_a_key_exclude_each_other(bare_cli: Cli) -> None:
    ended = bare_cli("init", "--key", "alice", "--generate-key", "Me <me@example.org>")
    assert ended.code == 2
    assert "exclude each other" in ended.err


@pytest.mark.parametrize("name", ["Me", "<me@example.org>", "Me <>", "Me <a b>", "M\ne <m@e>"])
def test_a_name_without_an_email_is_refused(bare_cli: Cli, name: str) -> None:
    ended = bare_cli("init", "--generate-key", name)
    assert ended.code == 2
    assert "GPV-422-ARGUMENT" in ended.err
    assert bare_cli.git.attempt("rev-parse", "--verify", "-q", LEDGER).returncode == 1


def test_an_unknown_key_is_refused(bare_cli: Cli) -> None:
    ended = bare_cli("init", "--key", "A" * 40)
    assert (ended.code, ended.out) == (1, "")
    assert "GPV-403-UNKNOWN-KEY" in ended.err
