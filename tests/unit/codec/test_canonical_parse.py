"""The parser: nothing but the one form, and errors that say where and what."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.canonical import MAX_BYTES, emit, parse
from gitprov.errors import Code, RecordError
from tests.support.sample_records import short


def refused(text: str | bytes, code: Code = Code.RECORD_FORM) -> RecordError:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    with pytest.raises(RecordError) as caught:
        parse(data)
    assert caught.value.code is code
    return caught.value


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("a: 1\n", {"a": 1}),
    ('a: ""\n', {"a": ""}),
    ('a: "\\""\n', {"a": '"'}),
    ('a: "\\\\"\n', {"a": "\\"}),
    ('a: "a: 1"\n', {"a": "a: 1"}),
    ('a: "- x"\n', {"a": "- x"}),
    ("a:\n- 1\nb: 2\n", {"a": [1], "b": 2}),
    ("a:\n  b: 1\nc: 2\n", {"a": {"b": 1}, "c": 2}),
    ("a:\n- b: 1\n  c: 2\n- b: 3\n", {"a": [{"b": 1, "c": 2}, {"b": 3}]}),
    ("a:\n- b:\n  - 1\n  - 2\n  c: 3\n- 4\n", {"a": [{"b": [1, 2], "c": 3}, 4]}),
    ("a:\n- b:\n    c: 1\n  d: 2\ne: 3\n", {"a": [{"b": {"c": 1}, "d": 2}], "e": 3}),
    ("a:\n  b:\n  - 1\nc:\n- 2\n", {"a": {"b": [1]}, "c": [2]}),
    ("a:\n  b:\n    c:\n      d: 1\ne: 2\n", {"a": {"b": {"c": {"d": 1}}}, "e": 2}),
    ('a:\n- "b: 1"\n- "x"\n', {"a": ["b: 1", "x"]}),
    ('"a b": 1\n"c\\"d":\n- true\n', {"a b": 1, 'c"d': [True]}),
    ("a: []\nb: {}\n", {"a": [], "b": {}}),
    ("a:\n- b: []\n  c: {}\n", {"a": [{"b": [], "c": {}}]}),
]


@pytest.mark.parametrize(("text", "value"), GOOD)
def test_canonical_texts(text: str, value: dict[str, Any]) -> None:
    assert parse(text.encode()) == value
    assert list(parse(text.encode())) == list(value)
    assert emit(value) == text.encode()


BAD: list[tuple[str, int, str]] = [
    # form of the file
    ("", 1, "it is empty"),
    ("\n", 1, "blank lines"),
    ("a: 1", 1, "does not end with one line feed"),
    ("a: 1\nb: 2", 2, "does not end with one line feed"),
    ("a: 1\n\n", 2, "blank lines"),
    ("a: 1\n \nb: 2\n", 2, "blank lines"),
    ("# x\na: 1\n", 1, "comments"),
    ("a: 1 # x\n", 1, "quotes"),
    ("a: 1\n  # x\n", 2, "comments"),
    ("---\na: 1\n", 1, "document markers"),
    ("a: 1\n---\n", 2, "document markers"),
    ("a: 1\n...\n", 2, "document markers"),
    ("%YAML 1.2\na: 1\n", 1, "document markers and directives"),
    ("a: 1 \n", 1, "ends with a space"),
    ("a: \n", 1, "ends with a space"),
    ("1\n", 1, "without a key"),
    ('"x"\n', 1, "without a key"),
    ("- 1\n", 1, "indented"),
    (" a: 1\n", 1, "indented"),
    ("  a: 1\n", 1, "indented"),
    ("x\n", 1, "quotes"),
    # keys
    ("a: 1\na: 2\n", 2, "appears twice"),
    ('a: 1\n"a": 2\n', 2, "must be written a"),
    ("a:\n  b: 1\n  b: 2\n", 3, "appears twice"),
    ("a:\n- b: 1\n  b: 2\n", 3, "appears twice"),
    ("A: 1\n", 1, "quotes"),
    ("null: 1\n", 1, 'must be written "null"'),
    ('"\\u0061": 1\n', 1, "quotes"),
    ('"": 1\n', 1, "is empty"),
    ('" a": 1\n', 1, "white space"),
    ('"a\\nb": 1\n', 1, "cannot be in a line"),
    (f"{'k' * 129}: 1\n", 1, "at most 128"),
    ("a : 1\n", 1, "quotes"),
    ("a:1\n", 1, "quotes"),
    ("a:  1\n", 1, "quotes"),
    ("? a\n: 1\n", 1, "quotes"),
    ("[a]: 1\n", 1, "quotes"),
    ("1: 1\n", 1, "quotes"),
    # values
    ("a:\n", 1, "has no value"),
    ("a:\nb: 1\n", 2, "has no value"),
    ("a: null\n", 1, "no null"),
    ("a: ~\n", 1, "no null"),
    ("a: &x 1\n", 1, "anchors"),
    ("a: *x\n", 1, "anchors"),
    ("a: !x 1\n", 1, "anchors, aliases and tags"),
    ("a: [1]\n", 1, "flow style"),
    ("a: {b: 1}\n", 1, "flow style"),
    ("a: [ ]\n", 1, "flow style"),
    ("a: |\n  x\n", 1, "quotes"),
    ("a: >-\n  x\n", 1, "quotes"),
    ("a: 'x'\n", 1, "quotes"),
    ("a: yes\n", 1, "quotes"),
    ("a: True\n", 1, "quotes"),
    ("a: 01\n", 1, "quotes"),
    ("a: -0\n", 1, "must be written 0"),
    ("a: -0.0\n", 1, "-0.0"),
    ("a: 1.50\n", 1, "must be written 1.5"),
    ("a: 1.\n", 1, "quotes"),
    ("a: .5\n", 1, "quotes"),
    ("a: 1e5\n", 1, "quotes"),
    ("a: 1.0e5\n", 1, "quotes"),
    ("a: 1.0e+05\n", 1, "must be written 100000.0"),
    ("a: 1.0E+16\n", 1, "quotes"),
    ("a: 1.0e+400\n", 1, "not finite"),
    ("a: 9007199254740992\n", 1, "2^53-1"),
    ("a: -9007199254740992\n", 1, "2^53-1"),
    ("a: 99999999999999999\n", 1, "quotes"),
    ("a: .nan\n", 1, "quotes"),
    ("a: 0x1F\n", 1, "quotes"),
    ("a: 1_000\n", 1, "quotes"),
    ("a: ٣\n", 1, "quotes"),
    ('a: "x" "y"\n', 1, "quotes"),
    ('a: "x\n', 1, "quotes"),
    ('a: "x"y"\n', 1, "quotes"),
    ('a: "\\x41"\n', 1, "quotes"),
    ('a: "\\u000A"\n', 1, "quotes"),
    ('a: "\\u000a"\n', 1, "quotes"),
    ('a: "\\u0009"\n', 1, "quotes"),
    ('a: "\\u0000"\n', 1, "quotes"),
    ('a: "\\u0022"\n', 1, "quotes"),
    ('a: "\\ud800"\n', 1, "quotes"),
    ('a: "\\ud83d\\ude00"\n', 1, "quotes"),
    ('a: "\\u200B"\n', 1, "quotes"),
    ('a: "\\/"\n', 1, "quotes"),
    ('a: "\\"\n', 1, "quotes"),
    # nesting
    ("a:\n    b: 1\n", 2, "indented"),
    ("a:\n b: 1\n", 2, "indented"),
    ("a:\n  - 1\n", 2, "indented"),
    ("a:\n- 1\n b: 1\n", 3, "indented"),
    ("a:\n- 1\n  b: 1\n", 3, "indented"),
    ("a:\n- - 1\n", 2, "quotes"),
    ("a:\n- []\n", 2, "quotes"),
    ("a:\n- {}\n", 2, "quotes"),
    ("a:\n-\n", 2, "quotes"),
    ("a:\n- 1\n- \n", 3, "ends with a space"),
    ("a:\n-  1\n", 2, "quotes"),
    ("a:\n- b:\n", 2, "has no value"),
    ("a:\n- b: 1\n c: 2\n", 3, "indented"),
    ("a:\n- b: 1\n    c: 2\n", 3, "indented"),
    ("a: 1\n- 2\n", 2, "indented"),
    ("a: 1\n  b: 2\n", 2, "indented"),
    ("a:\n  b: 1\n c: 2\n", 3, "indented"),
    ("a:\n  b: 1\n- 2\n", 3, "indented"),
    ("a:\n  b: 1\n  - 2\n", 3, "indented"),
    ("a:\n- 1\n2\n", 3, "without a key"),
    ('a:\n  "x"\n', 2, "without a key"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD, ids=short)
def test_other_texts_are_refused_with_line_and_reason(text: str, line: int, reason: str) -> None:
    error = refused(text)
    assert error.details["line"] == line
    assert reason in error.message
    assert f"line {line}" in error.message


@pytest.mark.parametrize(
    "character",
    [*"\x00\x01\t\r\x1b\x7f\x80\x85\x9f\u200b\u2028\u2029\u202e\u2066\ufeff\ufffe\uffff"],
    ids=short,
)
def test_r18_an_escaped_character_never_stands_raw(character: str) -> None:
    for text in (
        f'a: 1\nb: "x{character}y"\n',
        f'a: 1\n"b{character}": 1\n',
        f"a: 1\n{character}\n",
    ):
        error = refused(text)
        assert error.details["line"] == 2
        assert f"U+{ord(character):04X}" in error.message


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"\xff", 1), (b'a: 1\nb: "\xff"\n', 2), (b'a: "\xed\xa0\x80"\n', 1), (b'a: "\xc0\x80"\n', 1)],
)
def test_r16_bytes_that_are_not_utf8(data: bytes, line: int) -> None:
    error = refused(data)
    assert error.details["line"] == line
    assert "UTF-8" in error.message


def chain(keys: int) -> str:
    """Mappings inside each other, of that depth."""
    return "".join(f"{'  ' * n}a:\n" for n in range(keys - 1)) + f"{'  ' * (keys - 1)}a: 1\n"


def test_depth_is_limited() -> None:
    assert parse(chain(8).encode())
    assert refused(chain(9), Code.LIMIT).details["line"] == 9
    deepest = chain(8).removesuffix("1\n")
    for leaf in ("[]", "{}"):
        assert refused(f"{deepest}{leaf}\n", Code.LIMIT).details["line"] == 8
    refused(chain(8).removesuffix(" 1\n") + f"\n{'  ' * 7}- 1\n", Code.LIMIT)
    refused(chain(7).removesuffix(" 1\n") + f"\n{'  ' * 6}- b: 1\n", Code.LIMIT)
    assert parse((chain(7).removesuffix(" 1\n") + f"\n{'  ' * 6}- 1\n").encode())
    assert parse((chain(7).removesuffix("1\n") + "[]\n").encode())


def test_size_is_limited() -> None:
    text = f'a: "{"x" * (MAX_BYTES - 6)}"\n'.encode()
    assert len(text) == MAX_BYTES
    assert parse(text)["a"]
    error = refused(text[:-2] + b'x"\n', Code.LIMIT)
    assert "line" not in error.details
    with pytest.raises(RecordError) as caught:
        parse(b"a: 1\n", max_bytes=4)
    assert caught.value.code is Code.LIMIT


def test_size_comes_before_form() -> None:
    refused(b"\xff" * (MAX_BYTES + 1), Code.LIMIT)


def test_depth_comes_before_form() -> None:
    assert refused(f"?\n{' ' * 40}x\n", Code.LIMIT).details["line"] == 2
