"""The keys of built ledgers, for this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.people import People, new_people


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    with new_people() as made:
        yield made
