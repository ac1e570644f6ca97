"""The genesis that an installed hook pins."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, UsageError
from gitprov.service.server.genesis_pin import choose_pin, find_genesis
from tests.support.memory_ledger import MemoryLedger

ONE, TWO = "1" * 40, "2" * 40


@pytest.mark.parametrize(
    ("given", "installed", "there", "expected"),
    [
        (None, "", None, ""),
        (None, "", ONE, ONE),
        (None, ONE, None, ONE),
        (ONE, "", ONE, ONE),
        (TWO, ONE, None, TWO),
    ],
)
def test_the_caller_counts_before_the_hook_and_that_before_the_ledger(
    given: str | None, installed: str, there: str | None, expected: str
) -> None:
    assert choose_pin(given, installed, there) == expected


@pytest.mark.parametrize(
    ("given", "installed", "who"), [(TWO, "", "--genesis"), (None, TWO, "hook")]
)
def test_a_pin_of_another_ledger_is_refused(given: str | None, installed: str, who: str) -> None:
    with pytest.raises(UsageError, match=who) as caught:
        choose_pin(given, installed, ONE)
    assert caught.value.code is Code.ARGUMENT


def test_the_genesis_is_the_end_of_the_first_parents() -> None:
    ledger = MemoryLedger()
    genesis = ledger.found()
    ledger.append(ledger.run())
    assert find_genesis(ledger.reader, ledger.tip) == genesis
