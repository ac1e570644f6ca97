"""Globs of the policy: star, question mark, everything else as it is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.guard.globs import any_glob_matches, glob_matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("*", "anything", True),
        ("", "", True),
        ("", "a", False),
        ("a", "", False),
        ("?", "a", True),
        ("?", "", False),
        ("?", "ab", False),
        ("4_*", "4_DOCUMENTS", True),
        ("4_*", "4_", True),
        ("4_*", "14_", False),
        ("*_END", "THE_END", True),
        ("*_END", "THE_END_", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxcyyb", False),
        ("a**b", "ab", True),
        ("A", "a", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.c", "abc", False),
        ("\\*", "*", False),
        ("ü?", "üß", True),
    ],
)
def test_the_whole_text_matches(pattern: str, text: str, *, expected: bool) -> None:
    assert glob_matches(pattern, text) is expected


def test_one_of_several_is_enough_and_none_matches_nothing() -> None:
    assert any_glob_matches(("x", "4_*"), "4_A")
    assert not any_glob_matches(("x", "5_*"), "4_A")
    assert not any_glob_matches((), "")


def test_no_pattern_is_slow() -> None:
    began = time.process_time()
    assert not glob_matches("*a" * 100, "a" * 200 + "b")
    assert time.process_time() - began < 0.5


@given(st.text("ab*?[.", max_size=8), st.text("ab[.\n", max_size=12))
def test_it_says_what_a_regular_expression_says(pattern: str, text: str) -> None:
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(letter, re.escape(letter)) for letter in pattern)
    assert glob_matches(pattern, text) is bool(re.fullmatch(expression, text, re.DOTALL))
