"""A repository with a ledger, made once and copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.joinable import Joinable, found_joinable
from tests.support.keys import KeyRing, new_ring


@pytest.fixture(scope="session")
def founded(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository whose ledger is owned by Alice; bot signs for agents."""
    path = tmp_path_factory.mktemp("founded") / "repo"
    Git(path.parent).init(path)
    cli = Cli(path, {"GNUPGHOME": str(keys.home)})
    ended = cli("init", "--key", keys["alice"].fingerprint, "--agent-key", keys["bot"].fingerprint)
    assert (ended.code, ended.err) == (0, "")
    return path


@pytest.fixture
def cli(founded: Path, keys: KeyRing, tmp_path: Path) -> Cli:
    """The program in a fresh copy of that repository."""
    path = tmp_path / "repo"
    shutil.copytree(founded, path)
    return Cli(path, {"GNUPGHOME": str(keys.home)})


@pytest.fixture(scope="session")
def with_runs(
    founded: Path, keys: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """Make a repository whose ledger holds two runs; and their ids."""
    path = tmp_path_factory.mktemp("with-runs") / "repo"
    shutil.copytree(founded, path)
    cli = Cli(path, {"GNUPGHOME": str(keys.home)})
    return path, [str(cli("record", *RUN, "--json").json["run_id"]) for _ in range(2)]


@pytest.fixture
def recorded(with_runs: tuple[Path, list[str]], keys: KeyRing, tmp_path: Path) -> Cli:
    """The program in a fresh copy of that repository: a genesis and two runs."""
    path = tmp_path / "repo"
    shutil.copytree(with_runs[0], path)
    return Cli(path, {"GNUPGHOME": str(keys.home)})


@pytest.fixture
def bare_cli(keys: KeyRing, tmp_path: Path, git: Git) -> Cli:
    """The program in a repository without a ledger."""
    return Cli(git.init(tmp_path / "bare-of-ledger").path, {"GNUPGHOME": str(keys.home)})


@pytest.fixture(scope="session")
def founded_server(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a server whose ledger is owned by Alice, with one run."""
    folder = tmp_path_factory.mktemp("joined")
    found_joinable(folder, keys)
    return folder


@pytest.fixture
def server(founded_server: Path, keys: KeyRing, tmp_path: Path) -> Joinable:
    """A fresh copy of a server and its owner's clone."""
    folder = tmp_path / "world"
    shutil.copytree(founded_server, folder)
    owner = Cli(folder / "first", {"GNUPGHOME": str(keys.home)})
    owner.git("remote", "set-url", "origin", str(folder / "server.git"))
    return Joinable(Git(folder / "server.git"), owner, folder)


@pytest.fixture
def nobody() -> Iterator[KeyRing]:
    """A gpg home without a key."""
    with new_ring() as ring:
        yield ring
