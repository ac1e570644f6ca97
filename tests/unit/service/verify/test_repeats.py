"""V9: ids that appear more than once are found in a few bytes each."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gitprov.service.verify.repeats import RepeatFinder


def finder_of(values: list[str], start: int = 0) -> RepeatFinder:
    finder = RepeatFinder()
    for position, value in enumerate(values, start):
        finder.add(value, position)
    return finder


def test_nothing_repeats_nothing() -> None:
    assert RepeatFinder().repeated_positions() == []
    assert finder_of(["a", "b", "ab", ""]).repeated_positions() == []


def test_the_later_entry_is_the_one_that_repeats() -> None:
    assert finder_of(["a", "b", "a"]).repeated_positions() == [2]
    assert finder_of(["a", "a", "b", "a"]).repeated_positions() == [1, 3]


def test_values_of_one_entry_repeat_as_well() -> None:
    finder = RepeatFinder()
    finder.add("a", 7)
    finder.add("a", 7)
    assert finder.repeated_positions() == [7]


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.integers(0, 12))
def test_parts_find_what_the_whole_finds(values: list[str], cut: int) -> None:
    whole = finder_of(values).repeated_positions()
    part = finder_of(values[:cut])
    part.merge(finder_of(values[cut:], min(cut, len(values))))
    assert part.repeated_positions() == whole
    assert len(whole) == len(values) - len(Counter(values))
    assert whole == [p for p, value in enumerate(values) if value in values[:p]]
