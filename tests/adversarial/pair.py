"""The tests that every module of attacks shares; conftest hands them its SURFACE.

A module imports them by name, and pytest collects them there.
"""

from __future__ import annotations

import pytest

from tests.support.attacks import Attack, check_agreement, check_attack
from tests.support.bad_records import check_admission
from tests.support.history import HistoryBuilder


def test_outcome(attack: Attack, history: HistoryBuilder) -> None:
    """Both judgements of a case, as it is let in and offline, are the expected ones."""
    check_attack(attack, history)


def test_admission(
    attack: Attack, history: HistoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer refuses a case that a verifier refuses, by the same code."""
    check_admission(attack, history, monkeypatch)


@pytest.mark.slow
def test_engines_agree(attack: Attack, history: HistoryBuilder) -> None:
    """Both signature engines come to the same findings."""
    check_agreement(attack, history)
