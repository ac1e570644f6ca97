"""The character classes agree with the Unicode database wherever it can be asked."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from gitprov.model.unicode import (
    DEFAULT_IGNORABLE,
    ESCAPED,
    WHITE_SPACE,
    has_visible,
    is_nfc,
    is_visible,
)

ALL = [chr(point) for point in range(sys.maxunicode + 1)]


def members(character_class: str) -> set[str]:
    pattern = re.compile(f"[{character_class}]")
    return {character for character in ALL if pattern.match(character)}


def test_white_space_is_what_python_splits_at_less_the_separators_of_ascii() -> None:
    information_separators = set("\x1c\x1d\x1e\x1f")
    expected = {character for character in ALL if character.isspace()} - information_separators
    assert members(WHITE_SPACE) == expected


def test_escaped_characters_are_exactly_those_of_the_format() -> None:
    expected = {
        *map(chr, range(0x20)),
        *map(chr, range(0x7F, 0xA0)),
        *map(chr, range(0x200B, 0x2010)),
        *map(chr, range(0x2028, 0x202F)),
        *map(chr, range(0x2060, 0x2065)),
        *map(chr, range(0x2066, 0x206A)),
        "\ufeff",
        "\ufffe",
        "\uffff",
    }
    assert members(ESCAPED) == expected


def test_no_escaped_character_is_printable() -> None:
    """The emitter's short cut rests on this: a printable text needs no look at each character."""
    assert [c for c in members(ESCAPED) if c.isprintable()] == []


def test_default_ignorable_characters_show_nothing_in_the_database_either() -> None:
    categories = {unicodedata.category(c) for c in members(DEFAULT_IGNORABLE)}
    assert categories <= {"Cf", "Mn", "Lo", "Cn"}
    letters = {c for c in members(DEFAULT_IGNORABLE) if unicodedata.category(c) == "Lo"}
    assert letters == set("\u115f\u1160\u3164\uffa0")


def test_default_ignorable_holds_every_format_character_that_is_no_mark_or_number_sign() -> None:
    """Format characters with ink of their own (Arabic number signs, Egyptian joiners) stay out."""
    inked = {
        c
        for c in ALL
        if unicodedata.category(c) == "Cf" and c not in members_of_default_ignorable()
    }
    assert {ord(c) for c in inked} == {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        *range(0xFFF9, 0xFFFC),
        0x110BD,
        0x110CD,
        *(p for p in range(0x13430, 0x13440) if unicodedata.category(chr(p)) == "Cf"),
    }


_default_ignorable = members(DEFAULT_IGNORABLE)


def members_of_default_ignorable() -> set[str]:
    return _default_ignorable


@pytest.mark.parametrize("character", ["a", "é", "中", "1", "#", "€", "😀", "~", "\u0378"])
def test_visible(character: str) -> None:
    assert is_visible(character)


@pytest.mark.parametrize(
    "character",
    [
        " ",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\t",
        "\x85",
        "\u200b",
        "\u00ad",
        "\u0301",
        "\u20dd",
        "\u0903",
        "\u3164",
        "\u2800",
        "\ue000",
        "\ud800",
        "\ufdd0",
        "\ufdef",
        "\U0001fffe",
        "\U0010ffff",
    ],
)
def test_invisible(character: str) -> None:
    assert not is_visible(character)


def test_one_visible_character_is_enough() -> None:
    assert has_visible(" \u200b x")
    assert has_visible(" \u00e9")
    assert not has_visible(" \t\n\u200b")
    assert not has_visible("")


def test_nfc() -> None:
    assert is_nfc("e")
    assert is_nfc("\u00e9")
    assert not is_nfc("e\u0301")
