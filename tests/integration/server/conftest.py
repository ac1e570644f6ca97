"""What the tests of servers share: keys, a usual ledger, a Python that runs hooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.history import HistoryBuilder, found_usual
from tests.support.isolated_python import make_isolated_python
from tests.support.people import People, new_people
from tests.support.served import Caretaker


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


@pytest.fixture(scope="session")
def server_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a server: it has gitprov, isolated."""
    return make_isolated_python(tmp_path_factory.mktemp("server") / "python")


@pytest.fixture
def caretaker(tmp_path: Path, server_python: str, capsys: pytest.CaptureFixture[str]) -> Caretaker:
    """Whoever cares for the server."""
    return Caretaker.at(tmp_path, server_python, capsys)
