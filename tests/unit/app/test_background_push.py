"""When a record is sent, by git config gitprov.autopush."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gitprov.app.background_push import AutoPush, auto_push
from gitprov.errors import UsageError


def settings(value: str | None) -> Any:
    return SimpleNamespace(get=lambda _name: value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, AutoPush.OFF),
        ("off", AutoPush.OFF),
        ("No", AutoPush.OFF),
        ("true", AutoPush.BACKGROUND),
        ("background", AutoPush.BACKGROUND),
        ("WAIT", AutoPush.WAIT),
    ],
)
def test_the_words_of_git_booleans_count(value: str | None, expected: AutoPush) -> None:
    assert auto_push(settings(value)) is expected


def test_another_word_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="off, background, wait"):
        auto_push(settings("sometimes"))
