"""The emitter: one text for each value, none for what no record can hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from gitprov.codec.canonical import MAX_BYTES, emit, parse
from gitprov.codec.nesting import MAX_DEPTH
from gitprov.codec.scalars import emit_scalar
from gitprov.errors import Code, RecordError
from tests.support.sample_records import short


def refused(value: Mapping[Any, Any], code: Code = Code.RECORD_FORM) -> RecordError:
    with pytest.raises(RecordError) as caught:
        emit(value)
    assert caught.value.code is code
    return caught.value


@pytest.mark.parametrize(
    ("character", "spelling"),
    [
        ('"', '\\"'),
        ("\\", "\\\\"),
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\x01", "\\u0001"),
        ("\x08", "\\u0008"),
        ("\x0b", "\\u000b"),
        ("\r", "\\u000d"),
        ("\x1b", "\\u001b"),
        ("\x1f", "\\u001f"),
        ("\x7f", "\\u007f"),
        ("\x80", "\\u0080"),
        ("\x85", "\\u0085"),
        ("\x9f", "\\u009f"),
        ("\u200b", "\\u200b"),
        ("\u200f", "\\u200f"),
        ("\u2028", "\\u2028"),
        ("\u202e", "\\u202e"),
        ("\u2060", "\\u2060"),
        ("\u2064", "\\u2064"),
        ("\u2066", "\\u2066"),
        ("\u2069", "\\u2069"),
        ("\ufeff", "\\ufeff"),
        ("\ufffe", "\\ufffe"),
        ("\uffff", "\\uffff"),
        # These are raw, however odd.
        (" ", " "),
        ("/", "/"),
        ("'", "'"),
        ("\xa0", "\xa0"),
        ("\xad", "\xad"),
        ("\u200a", "\u200a"),
        ("\u2010", "\u2010"),
        ("\u2027", "\u2027"),
        ("\u202f", "\u202f"),
        ("\u205f", "\u205f"),
        ("\u2065", "\u2065"),
        ("\u206a", "\u206a"),
        ("\ue000", "\ue000"),
        ("\ufdd0", "\ufdd0"),
        ("\ufffd", "\ufffd"),
        ("\U0001fffe", "\U0001fffe"),
        ("\U0010ffff", "\U0010ffff"),
        ("é", "é"),
        ("e\u0301", "e\u0301"),
    ],
    ids=short,
)
def test_a_character_has_one_spelling(character: str, spelling: str) -> None:
    assert emit({"a": character}) == f'a: "{spelling}"\n'.encode()
    assert parse(f'a: "x{spelling}y"\n'.encode()) == {"a": f"x{character}y"}


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udc80"], ids=short)
def test_r16_nul_and_lone_surrogates_have_no_spelling(text: str) -> None:
    assert "cannot be in a record" in refused({"a": text}).message
    assert "cannot be in a record" in refused({"a": [text]}).message
    refused({"a": {text: 1}})
    refused({text: 1})


@pytest.mark.parametrize(
    ("number", "spelling"),
    [
        (0, "0"),
        (-1, "-1"),
        (2**53 - 1, "9007199254740991"),
        (-(2**53) + 1, "-9007199254740991"),
        (0.0, "0.0"),
        (3.0, "3.0"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-07, "1.0e-07"),
        (1.5e-07, "1.5e-07"),
        (0.0001, "0.0001"),
        (1e15, "1000000000000000.0"),
        (1e16, "1.0e+16"),
        (1e22, "1.0e+22"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5.0e-324"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_a_number_has_one_spelling(number: float, spelling: str) -> None:
    assert emit({"a": number}) == f"a: {spelling}\n".encode()
    read = parse(f"a: {spelling}\n".encode())["a"]
    assert read == number
    assert type(read) is type(number)


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), 10**5000, -0.0, float("nan"), float("inf"), None, b"x", 1j, object, {1}],
    ids=short,
)
def test_r13_what_has_no_canonical_form(value: object) -> None:
    refused({"a": value})
    refused({"a": [value]})


@pytest.mark.parametrize("word", ["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
def test_r22_words_that_old_readers_type_are_quoted(word: str) -> None:
    assert emit({word: 1}) == f'"{word}": 1\n'.encode()


@pytest.mark.parametrize("key", ["a", "z9", "a_b", "yes_", "nulls", "k" * 128])
def test_plain_keys(key: str) -> None:
    assert emit({key: 1}) == f"{key}: 1\n".encode()


@pytest.mark.parametrize(
    "key", ["A", "9", "_a", "a-b", "a b", "a:", "über", "Yes", "~", "-", "#", "'"]
)
def test_other_keys_are_strings(key: str) -> None:
    assert emit({key: 1}) == f'"{key}": 1\n'.encode()


def test_keys_are_escaped_like_strings() -> None:
    assert emit({'a"\\b': 1}) == b'"a\\"\\\\b": 1\n'


@pytest.mark.parametrize(
    "key", ["", " ", " a", "a\n", "k" * 129, "\u200b", "e\u0301", "a\u2028b"], ids=short
)
def test_keys_are_lines_of_at_most_128_code_points(key: str) -> None:
    assert "key" in refused({key: 1}).message


@pytest.mark.parametrize("key", [1, None, True, b"a"], ids=short)
def test_keys_are_text(key: object) -> None:
    assert "is not a text" in refused({key: 1}).message


def test_nothing_is_sorted_here() -> None:
    assert emit({"b": 1, "a": 2}) == b"b: 1\na: 2\n"


def test_containers() -> None:
    value = {"l": [], "m": {}, "x": {"o": [1, {"p": [], "q": {"r": [2]}}], "s": "t"}}
    assert emit(value) == (
        b'l: []\nm: {}\nx:\n  o:\n  - 1\n  - p: []\n    q:\n      r:\n      - 2\n  s: "t"\n'
    )


def test_tuples_mappings_and_words_of_enums_are_values_too() -> None:
    class Word(StrEnum):
        A = "a"

    value = {"t": (1, 2), "e": (), "m": MappingProxyType({"k": Word.A}), "p": MappingProxyType({})}
    assert emit(value) == b't:\n- 1\n- 2\ne: []\nm:\n  k: "a"\np: {}\n'


@pytest.mark.parametrize("value", [{"a": [[]]}, {"a": [[1]]}, {"a": [{}]}, {"a": [(1,)]}])
def test_what_no_sequence_holds(value: dict[str, Any]) -> None:
    refused(value)


def test_a_record_is_never_empty() -> None:
    refused({})


def nested(depth: int, leaf: object) -> dict[str, Any]:
    """A mapping of that depth whose innermost value is ``leaf``."""
    value: dict[str, Any] = {"a": leaf}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_depth_counts_each_mapping_and_sequence() -> None:
    assert MAX_DEPTH == 8
    for good in (nested(8, 1), nested(7, {}), nested(7, []), nested(7, [1]), nested(6, [{"b": 1}])):
        assert parse(emit(good)) == good
    for bad in (nested(9, 1), nested(8, {}), nested(8, []), nested(8, [1]), nested(7, [{"b": 1}])):
        refused(bad, Code.LIMIT)


def test_an_endless_value_is_refused() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    refused(value, Code.LIMIT)
    items: list[Any] = []
    items.append({"a": items})
    refused({"a": items}, Code.LIMIT)


def test_size_is_limited() -> None:
    room = MAX_BYTES - len('a: ""\n')
    assert len(emit({"a": "x" * room})) == MAX_BYTES
    assert "262145 bytes" in refused({"a": "x" * (room + 1)}, Code.LIMIT).message
    with pytest.raises(RecordError) as caught:
        emit({"a": "xy"}, max_bytes=7)
    assert caught.value.code is Code.LIMIT


def test_a_scalar_alone_is_rendered_as_in_a_record() -> None:
    assert emit_scalar("4_DOCUMENTS") == '"4_DOCUMENTS"'
    assert emit_scalar('a "b"') == '"a \\"b\\""'
