"""One set of keys and one usual ledger a session; every case gets its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli_world import Cli
from tests.support.git import Git
from tests.support.history import HistoryBuilder, found_usual
from tests.support.hooked_remote import HookedRemote
from tests.support.people import People, new_people


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    with new_people() as made:
        yield made


@pytest.fixture(scope="session")
def usual(people: People, tmp_path_factory: pytest.TempPathFactory) -> HistoryBuilder:
    return found_usual(tmp_path_factory.mktemp("usual") / "ledger.git", people)


@pytest.fixture
def history(usual: HistoryBuilder, tmp_path: Path) -> HistoryBuilder:
    return usual.copy(tmp_path / "ledger.git")


@pytest.fixture
def remote(history: HistoryBuilder, tmp_path: Path) -> HookedRemote:
    """A server with the hook that has accepted the usual ledger."""
    made = HookedRemote.make(tmp_path / "server.git")
    made.accept(history)
    return made


@pytest.fixture(scope="session")
def founded(people: People, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a code repository whose ledger is owned by alice; bot signs for agents."""
    path = tmp_path_factory.mktemp("founded") / "repo"
    Git(path.parent).init(path)
    cli = Cli(path, {"GNUPGHOME": str(people.ring.home)})
    keys = ("--key", people.fingerprint("alice"), "--agent-key", people.fingerprint("bot"))
    ended = cli("init", *keys)
    assert (ended.code, ended.err) == (0, "")
    return path


@pytest.fixture
def cli(founded: Path, people: People, tmp_path: Path) -> Cli:
    """The program in a fresh copy of that repository."""
    path = tmp_path / "repo"
    shutil.copytree(founded, path)
    return Cli(path, {"GNUPGHOME": str(people.ring.home)})
