"""How many of something, in words."""

from __future__ import annotations

import pytest

from gitprov.model.words import counted


@pytest.mark.parametrize(
    ("number", "thing", "words"),
    [
        (0, "entry", "0 entries"),
        (1, "entry", "1 entry"),
        (2, "new entry", "2 new entries"),
        (1, "key", "1 key"),
        (3, "key", "3 keys"),
        (2, "policy", "2 policies"),
        (7, "run", "7 runs"),
        (2, "y", "2 ys"),
    ],
)
def test_one_is_told_from_many(number: int, thing: str, words: str) -> None:
    assert counted(number, thing) == words
