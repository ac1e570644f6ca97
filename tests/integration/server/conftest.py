"""What the tests of servers share: keys, a usual ledger, a Python that runs hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.isolated_python import make_isolated_python
from tests.support.server_caretaker import Caretaker


@pytest.fixture(scope="session")
def server_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a server: it has gitprov, isolated."""
    return make_isolated_python(tmp_path_factory.mktemp("server") / "python")


@pytest.fixture
def caretaker(tmp_path: Path, server_python: str, capsys: pytest.CaptureFixture[str]) -> Caretaker:
    """Whoever cares for the server."""
    return Caretaker.at(tmp_path, server_python, capsys)
