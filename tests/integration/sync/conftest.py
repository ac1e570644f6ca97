"""A server with a ledger, and clones of it: real bare repositories over file paths."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.hooked_remote import HookedRemote
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"
NOTES = "refs/notes/gitprov"
TRACKING = "refs/gitprov/remotes/origin/ledger"


@dataclass(frozen=True)
class Team:
    """A bare server and the folder that clones of it lie in."""

    server: Git
    folder: Path
    keys: KeyRing

    def clone(self, name: str) -> Cli:
        """Clone the server as plain git does, and set up what joining would."""
        path = self.folder / name
        self.server("clone", "--quiet", str(self.server.path), str(path))
        cli = Cli(path, {"GNUPGHOME": str(self.keys.home)})
        root = self.server("rev-list", "--max-parents=0", LEDGER)
        for setting, value in (
            ("user.name", "Test Person"),
            ("user.email", "person@example.org"),
            ("gitprov.genesis", root),
            ("gitprov.key", self.keys["alice"].fingerprint),
            ("gitprov.agentKey", self.keys["bot"].fingerprint),
        ):
            cli.git("config", setting, value)
        done = cli("pull", "origin")
        assert (done.code, done.err) == (0, "")
        return cli

    def guard(self) -> HookedRemote:
        """Install the hook on the server."""
        hooked = HookedRemote(self.server.path)
        genesis = self.server("rev-list", "--max-parents=0", LEDGER)
        hooked.install(genesis=genesis, is_measured=False)
        return hooked

    def tip(self) -> str:
        """The server's tip."""
        return self.server("rev-parse", LEDGER)


def record(cli: Cli, count: int = 1, *flags: str) -> list[str]:
    """Record so many runs, each in an entry of its own; return their ids."""
    made = []
    for _ in range(count):
        done = cli("record", *RUN, *flags, "--json")
        assert (done.code, done.err) == (0, "")
        made.append(done.json["run_id"])
    return made


def tip_of(cli: Cli) -> str:
    """The tip of the ledger in a clone."""
    return cli.git("rev-parse", LEDGER)


def runs_of(git: Git) -> set[str]:
    """The ids of all runs on the ledger of a repository, as plain git lists them."""
    paths = git("ls-tree", "-r", "--name-only", LEDGER, "--", "runs").splitlines()
    return {Path(path).stem for path in paths}


@pytest.fixture(scope="session")
def founded_team(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server whose ledger is owned by Alice and holds one run; bot signs for agents."""
    folder = tmp_path_factory.mktemp("team")
    server = Git(folder).init(folder / "server.git", "--bare")
    first = Git(folder).init(folder / "first")
    first.commit({"README": "hello\n"})
    cli = Cli(first.path, {"GNUPGHOME": str(keys.home)})
    made = cli("init", "--key", keys["alice"].fingerprint, "--agent-key", keys["bot"].fingerprint)
    assert (made.code, made.err) == (0, "")
    record(cli)
    first("remote", "add", "origin", str(server.path))
    first("push", "--quiet", "origin", "main", LEDGER, NOTES)
    return server.path


@pytest.fixture
def team(founded_team: Path, keys: KeyRing, tmp_path: Path) -> Team:
    """A fresh copy of that server."""
    path = tmp_path / "server.git"
    shutil.copytree(founded_team, path)
    return Team(Git(path), tmp_path, keys)
