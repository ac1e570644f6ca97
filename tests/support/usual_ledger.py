"""Fixtures: every key that a ledger may need, a copy of the usual ledger, a server that has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.history import HistoryBuilder, found_usual
from tests.support.hooked_remote import HookedRemote
from tests.support.people import People, new_people


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    """Every key that a ledger may need."""
    with new_people() as made:
        yield made


@pytest.fixture(scope="session")
def usual(people: People, tmp_path_factory: pytest.TempPathFactory) -> HistoryBuilder:
    """The usual ledger; change it nowhere."""
    return found_usual(tmp_path_factory.mktemp("usual") / "ledger.git", people)


@pytest.fixture
def history(usual: HistoryBuilder, tmp_path: Path) -> HistoryBuilder:
    """A copy of the usual ledger."""
    return usual.copy(tmp_path / "ledger.git")


@pytest.fixture(scope="session")
def accepting(usual: HistoryBuilder, tmp_path_factory: pytest.TempPathFactory) -> HookedRemote:
    """A server that has accepted the usual ledger; change it nowhere."""
    made = HookedRemote.make(tmp_path_factory.mktemp("accepting") / "server.git")
    made.accept(usual)
    return made


@pytest.fixture
def remote(accepting: HookedRemote, tmp_path: Path) -> HookedRemote:
    """A copy of that server, with a hook of its own."""
    made = accepting.copy(tmp_path / "server.git")
    made.install()
    return made
