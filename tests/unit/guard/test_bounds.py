"""V2 and V7: times, sizes and counts."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from gitprov.guard.clock import check_time
from gitprov.guard.limits import (
    ENTRY_BYTES,
    ENTRY_FILES,
    POLICY_SIGNERS,
    check_entry_size,
    check_policy_size,
    check_record_size,
)
from gitprov.model.finding import Severity

NOW = 1_730_000_000


@pytest.mark.parametrize("accepting", [True, False])
def test_a_time_between_parents_and_clock_is_good(*, accepting: bool) -> None:
    for seconds in (NOW - 10, NOW, NOW + 600):
        assert check_time(seconds, [NOW - 10, NOW - 20], NOW, accepting=accepting) == []
    assert check_time(0, [], NOW, accepting=accepting) == []


def test_no_parent_may_be_later() -> None:
    for parents in ([NOW + 1], [0, NOW + 1], [NOW + 1, NOW + 2]):
        found = check_time(NOW, parents, NOW, accepting=False)
        assert [(f.code, f.severity) for f in found] == [(Code.CLOCK, Severity.ERROR)]


def test_the_future_is_refused_or_left_open() -> None:
    found = check_time(NOW + 601, [], NOW, accepting=True)
    assert [(f.code, f.severity) for f in found] == [(Code.CLOCK, Severity.ERROR)]
    found = check_time(NOW + 601, [], NOW, accepting=False)
    assert [(f.code, f.severity) for f in found] == [(Code.CLOCK, Severity.UNKNOWN)]


def test_an_entry_has_a_greatest_size() -> None:
    assert check_entry_size([]) == []
    assert check_entry_size([1] * ENTRY_FILES) == []
    assert check_entry_size([ENTRY_BYTES]) == []
    assert [f.code for f in check_entry_size([0] * (ENTRY_FILES + 1))] == [Code.LIMIT]
    assert [f.code for f in check_entry_size([ENTRY_BYTES, 1])] == [Code.LIMIT]
    assert len(check_entry_size([ENTRY_BYTES] * (ENTRY_FILES + 1))) == 2


def test_a_record_has_the_size_that_the_policy_allows() -> None:
    assert check_record_size(4_096, 4_096, "x") == []
    found = check_record_size(4_097, 4_096, "x")
    assert [(f.code, f.path) for f in found] == [(Code.LIMIT, "x")]


@pytest.mark.parametrize("signers", [None, "x", 7, {}, [], [0] * POLICY_SIGNERS])
def test_a_policy_of_few_signers_is_left_to_its_schema(signers: object) -> None:
    assert check_policy_size({"signers": signers}, "x") == []
    assert check_policy_size({}, "x") == []


def test_a_policy_of_many_signers_is_too_much() -> None:
    found = check_policy_size({"signers": [0] * (POLICY_SIGNERS + 1)}, "policy/0002.yaml")
    assert [(f.code, f.path) for f in found] == [(Code.LIMIT, "policy/0002.yaml")]
