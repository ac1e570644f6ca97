"""A server that has a ledger, its owner's clone, and clones of others: plain git, real gpg."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"
BRANCH = "refs/heads/gitprov-ledger"
NOTES = "refs/notes/gitprov"


@dataclass(frozen=True)
class Joinable:
    """A bare repository, the owner's clone of it, and how others get one."""

    git: Git
    owner: Cli
    folder: Path

    def clone(self, name: str, ring: KeyRing) -> Cli:
        """Clone as plain git does."""
        path = self.folder / name
        self.git("clone", "--quiet", str(self.git.path), str(path))
        cli = Cli(path, {"GNUPGHOME": str(ring.home)})
        cli.git("config", "user.name", "Second Person")
        cli.git("config", "user.email", "second@example.org")
        return cli

    @property
    def genesis(self) -> str:
        """The first entry of its ledger."""
        return self.git("rev-list", "--max-parents=0", LEDGER)


def found_joinable(folder: Path, keys: KeyRing, *flags: str, ref: str = LEDGER) -> Joinable:
    """Make a server with code, a ledger of Alice's with one run, and a note."""
    server = Git(folder).init(folder / "server.git", "--bare")
    first = Git(folder).init(folder / "first")
    commit = first.commit({"README": "hello\n"})
    owner = Cli(first.path, {"GNUPGHOME": str(keys.home)})
    alice, bot = keys["alice"].fingerprint, keys["bot"].fingerprint
    assert owner("init", "--key", alice, "--agent-key", bot, *flags).code == 0
    assert owner("record", *RUN, "--commit", commit).code == 0
    first("remote", "add", "origin", str(server.path))
    first("push", "--quiet", "origin", "main", ref, NOTES)
    return Joinable(server, owner, folder)
