"""One set of keys and one usual ledger a session; every test gets its own copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.history import HistoryBuilder, found_usual
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
