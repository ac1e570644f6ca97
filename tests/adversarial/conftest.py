"""One set of keys and one usual ledger a session; every case gets its own copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.attacks import Surface
from tests.support.cli_world import Cli
from tests.support.git import Git
from tests.support.people import People


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes an attack each one of its module's surface."""
    surface = getattr(metafunc.module, "SURFACE", None)
    if "attack" in metafunc.fixturenames and isinstance(surface, Surface):
        metafunc.parametrize("attack", surface.attacks, ids=str)
