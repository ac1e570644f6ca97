"""Canonical YAML under chance: one value, one text, and no other way in or out."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import to_json
from ruamel.yaml import YAML

from gitprov.codec.canonical import MAX_BYTES, emit, parse
from gitprov.codec.drafts import read_draft, read_drafts
from gitprov.codec.records import parse_record, to_bytes
from gitprov.errors import Code, RecordError
from gitprov.model.kinds import MODELS
from gitprov.model.text import key_problem, line_problem, text_problem
from tests.support.sample_records import VECTORS

SAMPLE = (VECTORS / "run-v1.0-ai.yaml").read_bytes()

TRICKY = '\x00\t\n\r "\\\x1b\x7f\x80\x85\x9f\xa0\xad\u0301\u200b\u2028\u202e\u2066\ufe0f\ufeff'
ALPHABET = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    st.sampled_from([*TRICKY.replace("\x00", ""), *"aé中😀:-#{}[]&*!|>'%@`~,?\ufffe\uffff\ue000"]),
)
TEXTS = st.text(ALPHABET, max_size=40)
KEYS = st.one_of(
    st.sampled_from(["a", "b_1", "y", "no", "true", "null", "A b", "ü", "1", "<<", '"', "\\"]),
    st.text(ALPHABET, min_size=1, max_size=12),
).filter(lambda key: key_problem(key) is None)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
).filter(lambda value: not (isinstance(value, float) and str(value) == "-0.0"))


def mappings(values: st.SearchStrategy[Any], minimum: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(KEYS, values, min_size=minimum, max_size=4)


def nested(depth: int) -> st.SearchStrategy[Any]:
    """Values that fit below that many further levels."""
    if depth == 0:
        return SCALARS
    deeper = nested(depth - 1)
    items = st.lists(st.one_of(SCALARS, mappings(nested(depth - 2), 1) if depth > 1 else SCALARS))
    return st.one_of(SCALARS, mappings(deeper), items)


VALUES = mappings(nested(3), 1)


def same(left: object, right: object) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@given(VALUES)
def test_what_is_emitted_is_parsed_to_the_same_value(value: dict[str, Any]) -> None:
    data = emit(value)
    assert same(parse(data), value)
    assert emit(parse(data)) == data


# Characters that YAML does not admit in a stream, not even by its own rules for raw text.
NOT_YAML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


@given(VALUES)
def test_other_readers_see_the_same_value(value: dict[str, Any]) -> None:
    data = emit(value)
    assert NOT_YAML.search(data.decode()) is None
    assert same(yaml.safe_load(data), value)
    assert same(YAML(typ="safe", pure=True).load(data), value)


@given(VALUES, VALUES)
def test_different_values_have_different_texts(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert (emit(one) == emit(two)) is same(one, two)
    # The same in JSON, by which records tells whether the schema left a value as it was read.
    assert (to_json(one) == to_json(two)) is same(one, two)


@given(SCALARS, SCALARS)
def test_different_scalars_have_different_texts(one: object, two: object) -> None:
    assert (to_json(one) == to_json(two)) is same(one, two)


def expect_code(error: RecordError, codes: set[Code]) -> None:
    assert error.code in codes


def accepted(data: bytes) -> dict[str, Any] | None:
    try:
        return parse(data)
    except RecordError as error:
        expect_code(error, {Code.RECORD_FORM, Code.LIMIT})
        return None


@given(st.binary(max_size=400))
@example(b"")
@example(b"\xff")
def test_any_bytes_are_a_value_or_a_record_error(data: bytes) -> None:
    value = accepted(data)
    assert value is None or emit(value) == data


LINES = st.sampled_from(
    [
        "a: 1",
        "b:",
        "  c: 2",
        "  d:",
        "    e: 3",
        "- 1",
        "- f: 1",
        "  g: 1",
        "  - 2",
        '- "x"',
        "h: []",
        '"y": "z"',
        "i: {}",
        '"',
        "a: 1.0",
        "",
        " ",
        "- ",
        "-",
        "# x",
        "---",
        "  - j: 1",
        "    k: 1",
        "- []",
        "  h: {}",
    ]
)


@given(st.lists(LINES, max_size=8).map("\n".join), st.sampled_from(["\n", ""]))
def test_any_lines_are_accepted_only_as_they_are_emitted(text: str, end: str) -> None:
    data = (text + end).encode()
    value = accepted(data)
    assert value is None or emit(value) == data


@given(st.data())
def test_a_changed_byte_is_another_value_or_refused(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(SAMPLE) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != SAMPLE[position]))
    changed = SAMPLE[:position] + bytes([byte]) + SAMPLE[position + 1 :]
    value = accepted(changed)
    assert value is None or (emit(value) == changed and not same(value, parse(SAMPLE)))


@given(st.data())
def test_a_cut_or_doubled_part_is_another_record_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SAMPLE)))
    stop = data.draw(st.integers(start, len(SAMPLE)))
    for changed in (SAMPLE[:start] + SAMPLE[stop:], SAMPLE[:stop] + SAMPLE[start:]):
        try:
            record = parse_record(changed, "run")
        except RecordError:
            continue
        assert to_bytes(record) == changed


@given(st.binary(max_size=200), st.sampled_from(list(MODELS)))
def test_any_bytes_as_a_document_raise_only_record_errors(data: bytes, kind: str) -> None:
    with pytest.raises(RecordError):
        parse_record(data, kind)


@given(mappings(nested(2)), st.sampled_from(list(MODELS)))
def test_any_value_as_a_document_raises_only_record_errors(
    value: dict[str, Any], kind: str
) -> None:
    with pytest.raises(RecordError):
        parse_record(emit({"schema_version": "v1.0", "kind": kind, **value}), kind)


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=100).map(lambda t: t.encode("utf-8", "ignore"))
    )
)
@example(b'a: "\\UFFFFFFFF"')
@example(b"a: !<\xef\xbf\xbd> x")
@example(b"? ? ? ?")
def test_any_bytes_as_a_draft_raise_only_record_errors(data: bytes) -> None:
    for reading in (lambda: read_draft(data), lambda: list(read_drafts(data.splitlines(True)))):
        try:
            reading()
        except RecordError as error:
            expect_code(error, {Code.RECORD_FORM, Code.LIMIT, Code.SCHEMA})


YAML_PARTS = st.sampled_from(
    [
        *(
            "agent_name",
            "labels",
            ": ",
            ":",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "'",
            '"',
            "\\",
        ),
        *(
            "&a ",
            "*a",
            "!!str ",
            "!",
            "!<a>",
            "!a!b ",
            "|",
            ">",
            "-",
            "+",
            "2",
            "\n---\n",
            "\n...\n",
        ),
        *("%", "@", "`", "#", " #", "? ", "\t", "\\x", "\\u00", "\\U", "<<", "~", "x", "é", "\r"),
        "%YAML 1.1\n",
    ]
)


@given(st.lists(YAML_PARTS, max_size=25).map("".join))
def test_any_yaml_as_a_draft_raises_only_record_errors(text: str) -> None:
    try:
        draft = read_draft(text.encode())
    except RecordError as error:
        expect_code(error, {Code.RECORD_FORM, Code.LIMIT, Code.SCHEMA})
    else:
        assert isinstance(draft.mapping, dict)


@given(VALUES)
def test_a_canonical_map_is_a_draft_of_itself(value: dict[str, Any]) -> None:
    """Whatever is in a free map, the reader of drafts sees what the parser sees."""
    data = emit({"metrics": value})
    assert same(read_draft(data).mapping, parse(data))


@given(TEXTS)
def test_a_line_is_a_text_and_survives(text: str) -> None:
    if line_problem(text) is None:
        assert text_problem(text) is None
        assert text == text.strip()
        assert b"\\u" not in emit({"a": text.replace("\\", "")})
    assert parse(emit({"a": text})) == {"a": text}


@given(st.integers(0, 40))
def test_the_size_limit_is_exact(missing: int) -> None:
    text = "x" * (MAX_BYTES - len('a: ""\n') - missing)
    assert parse(emit({"a": text})) == {"a": text}
