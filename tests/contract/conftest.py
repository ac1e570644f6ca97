"""The spool under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitprov.local.spool import FileSpool


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "gitprov" / "spool"


@pytest.fixture
def spool(root: Path) -> FileSpool:
    return FileSpool(root)
