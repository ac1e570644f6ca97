"""Reading drafts: strict YAML, strict JSON, many at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gitprov.codec.drafts import MAX_DRAFT_BYTES, Draft, read_draft, read_drafts
from gitprov.codec.records import build, parse_mapping
from gitprov.errors import Code, RecordError
from tests.support.sample_records import VECTORS, run, short
from tests.support.timing import takes_less_than


def refused(text: bytes, code: Code = Code.RECORD_FORM) -> RecordError:
    with pytest.raises(RecordError) as caught:
        read_draft(text)
    assert caught.value.code is code
    return caught.value


def batch(text: bytes) -> list[Draft]:
    return list(read_drafts(text.splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        (b"agent_name: x\n", {"agent_name": "x"}),
        (b"agent_name: x", {"agent_name": "x"}),
        (b"# a comment\n\nagent_name: x # another\n", {"agent_name": "x"}),
        (b"---\nagent_name: x\n", {"agent_name": "x"}),
        (b"--- # start\nagent_name: x\n...\n", {"agent_name": "x"}),
        (b"%YAML 1.2\n---\nagent_name: x\n", {"agent_name": "x"}),
        (b"# before\n%YAML 1.2\n\n# between\n--- # start\nagent_name: x\n", {"agent_name": "x"}),
        (b"%YAML 1.2\r\n%TAG ! tag:x,2026:\r\n---\r\nagent_name: x\r\n", {"agent_name": "x"}),
        (b"%FUTURE x\n---\nagent_name: x\n", {"agent_name": "x"}),
        (b"agent_name: |\n %YAML\n", {"agent_name": "%YAML\n"}),
        (b"agent_name: x\r\nnotes: y\r\n", {"agent_name": "x", "notes": "y"}),
        (
            b"labels: {no: no, n: 0123, v: 1.10, d: 2026-11-20, t: true, q: '5'}\n",
            {
                "labels": {
                    "no": "no",
                    "n": "0123",
                    "v": "1.10",
                    "d": "2026-11-20",
                    "t": "true",
                    "q": "5",
                }
            },
        ),
        (b"labels: {1: a, true: b, ~: c}\n", {"labels": {"1": "a", "true": "b", "~": "c"}}),
        (b"labels:\n  a:\n", {"labels": {"a": None}}),
        (b"metrics: {a: 1, b: 2.50, c: 1e3}\n", {"metrics": {"a": 1, "b": 2.5, "c": 1000.0}}),
        (
            b"command: {argv: [sleep, 1, 0x1F, true], exit_code: 0}\n",
            {"command": {"argv": ["sleep", "1", "0x1F", "true"], "exit_code": 0}},
        ),
        (b"notes: |\n  one\n  two\n", {"notes": "one\ntwo\n"}),
        (b"notes: >-\n  one\n  two\n", {"notes": "one two"}),
        (b'notes: "a\\u2028b"\n', {"notes": "a\u2028b"}),
        (b"started_at: 2026-11-20 10:00:00+02:00\n", {"started_at": "2026-11-20T08:00:00.000Z"}),
        (b"started_at: 2026-11-20\n", {"started_at": "2026-11-20"}),
        (b"kind: no\n", {"kind": "no"}),
        (
            b"mutation: {job_id: 0123456, workflow_id: 0}\n",
            {"mutation": {"job_id": "0123456", "workflow_id": 0}},
        ),
        (b"input_files: [a, b]\n", {"input_files": [{"path": "a"}, {"path": "b"}]}),
        (b"input_files: []\nlabels: {}\n", {"input_files": [], "labels": {}}),
        (b"notes:\n", {}),
        (b"notes: ~\n", {}),
        (b'notes: ""\n', {"notes": ""}),
        (b'notes: "~"\n', {"notes": "~"}),
        (b'  {"agent_name": "x"}\n', {"agent_name": "x"}),
        (b'\n{"agent_name":\n "x",\n "labels": {}}\n', {"agent_name": "x", "labels": {}}),
        (b"{}", {}),
    ],
)
def test_drafts(text: bytes, mapping: dict[str, Any]) -> None:
    assert read_draft(text).mapping == mapping


def test_what_comes_out_is_plain_text_and_plain_containers() -> None:
    def walk(value: object) -> Iterator[object]:
        yield value
        if isinstance(value, dict):
            for key, item in value.items():
                yield key
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)

    draft = read_draft(b"labels: {a: b}\ncommand: {argv: [x]}\nagent_name: y\ninput_files: [z]\n")
    assert {type(value) for value in walk(draft.mapping)} == {dict, list, str}


@pytest.mark.parametrize("name", ["run-v1.0-ai", "policy-0002", "proposal"])
def test_a_canonical_document_is_a_draft_with_the_same_value(name: str) -> None:
    data = (VECTORS / f"{name}.yaml").read_bytes()
    mapping = parse_mapping(data)
    draft = read_draft(data, mapping["kind"])
    assert draft.mapping == mapping
    assert read_draft(json.dumps(mapping).encode(), mapping["kind"]).mapping == mapping
    assert build(draft.mapping, mapping["kind"]).to_mapping() == mapping


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"", 1, "it is empty"),
        (b"\n\n", 1, "it is empty"),
        (b"# nothing\n", 1, "it is empty"),
        (b"---\n", 1, "it is empty"),
        (b"x\n", 1, "a mapping of fields"),
        (b"\n- x\n", 2, "a mapping of fields"),
        (b"[]\n", 1, "a mapping of fields"),
        (b"notes: x\n... y\n", 2, "not YAML"),
        (b"notes: x\nnotes: y\n", 2, "'notes' appears twice"),
        (b"labels: {a: b,\n a: c}\n", 2, "'a' appears twice"),
        (b"notes: &x y\n", 1, "anchors"),
        (b"&x notes: y\n", 1, "anchors"),
        (b"labels: &x {}\n", 1, "anchors"),
        (b"notes: *x\n", 1, "anchors"),
        (b"notes: !!str x\n", 1, "tags"),
        (b"notes: !foo x\n", 1, "tags"),
        (b"labels: !!map {}\n", 1, "tags"),
        (b"a: !!python/object/apply:os.system [id]\n", 1, "tags"),
        (b"? [a]\n: b\n", 1, "a key is text"),
        (b"? {a: b}\n: b\n", 1, "a key is text"),
        (b"notes: x\n  y: z\n", 2, "not YAML"),
        (b"notes: [x\n", 2, "not YAML"),
        (b"\nnotes: 'x\n", 3, "not YAML"),
        (b"\tnotes: x\n", 1, "not YAML"),
        (b'notes: "\\UFFFFFFFF"\n', 1, "not YAML"),
        (b"notes: \x00\n", 1, "not YAML"),
        (b"%YAML 1.1\n---\nnotes: x\n", 2, "not YAML"),
        (b"notes: x\rlabels: y\n", 1, "odd line break"),
        (b"notes: x\nlabels: y\xc2\x85z\n", 2, "odd line break"),
        (b"notes: x\xe2\x80\xa8kind: ai\n", 1, "odd line break"),
        (b"notes: x\n\xff\n", 2, "not UTF-8"),
        (b"\xef\xbb\xbfnotes: x\n", 1, "byte order mark"),
        ("notes: x\n".encode("utf-16"), 1, "byte order mark"),
        (b"notes: x\n---\nnotes: y\n", 2, "a second document"),
        (b'{"notes": "x"', 1, "not JSON"),
        (b'{\n"notes": x}', 2, "not JSON"),
        (b'{"notes": "x",}', 1, "not JSON"),
        (b'{"notes": "x"} {}', 1, "not JSON"),
        (b"{notes: x}", 1, "not JSON"),
        (b'{"notes": 1, "notes": 2}', 1, "'notes' appears twice"),
        (b'{"labels": {"a": 1, "b": 2, "a": 3}}', 1, "'a' appears twice"),
        (b'{"metrics": {"a": NaN}}', 1, "NaN is not a number"),
        (b'{"metrics": {"a": -Infinity}}', 1, "-Infinity is not a number"),
        (b'{"metrics": {"a": ' + b"9" * 5000 + b"}}", 1, "digits"),
        (b'{"notes": "\xff"}', 1, "not UTF-8"),
    ],
    ids=short,
)
def test_texts_that_are_no_drafts(text: bytes, line: int, reason: str) -> None:
    error = refused(text)
    assert error.details["line"] == line
    assert reason in error.message
    assert f"line {line}" in error.message
    assert len(error.message) < 300


def test_an_unknown_field_has_a_line() -> None:
    error = refused(b"notes: x\nmutation:\n  jobid: x\n", Code.SCHEMA)
    assert error.details == {"field": "mutation.jobid", "line": 3}
    assert "did you mean job_id? (line 3)" in error.message
    error = refused(b'{"agnt_name": "x"}', Code.SCHEMA)
    assert error.details == {"field": "agnt_name", "line": 1}


def test_a_field_given_twice_has_a_line() -> None:
    assert refused(b"notes: x\nNotes: y\n", Code.SCHEMA).details["line"] == 2


@pytest.mark.parametrize(
    "text",
    [
        b"labels: " + b"[" * 200_000,
        b"labels: " + b"{a: " * 100_000,
        b"labels: " + b"[" * 8 + b"]" * 8,
        b'{"labels": ' + b"[" * 200_000,
        b'{"labels": ' + b"[" * 8 + b"]" * 8 + b"}",
        b'{"labels": ' + b'{"a": ' * 8 + b"1" + b"}" * 9,
        b'{"labels": ' + b"[" * 500 + b"]" * 500 + b"}",
    ],
    ids=short,
)
def test_r06_drafts_nested_too_deep(text: bytes) -> None:
    def refuse() -> None:
        error = refused(text, Code.LIMIT)
        assert "nested deeper than 8" in error.message
        assert error.details["line"] == 1

    assert takes_less_than(1, refuse, tries=1)


def test_drafts_nested_just_deep_enough() -> None:
    seven: dict[str, Any] = {"a": [{"b": [{"c": []}]}]}
    for text in (json.dumps({"labels": seven}), "labels: " + json.dumps(seven)):
        assert read_draft(text.encode()).mapping == {"labels": seven}


def test_r04_billion_laughs() -> None:
    text = b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\n"
    assert "anchors" in refused(text).message


def test_a_draft_has_a_size_limit() -> None:
    room = MAX_DRAFT_BYTES - len(b'{"notes": ""}')
    assert len(read_draft(b'{"notes": "' + b"x" * room + b'"}').mapping["notes"]) == room
    for text in (b'{"notes": "' + b"x" * (room + 1) + b'"}', b"notes: |\n" + b"  x\n" * 262_144):
        error = refused(text, Code.LIMIT)
        assert "1048576 bytes" in error.message
        assert error.details["line"] == 1


LINES = b'{"agent_name": "a"}\n\n  {"agent_name": "b"}\r\n{"agent_name": "c"}'
STREAM = (
    b"# two runs\n---\nagent_name: a\nlabels:\n  x: |\n    ---\n...\n"
    b"--- # the second\nagent_name: b\n---\n# nothing\n---\nagent_name: c\n"
)


def test_json_lines() -> None:
    drafts = batch(LINES)
    assert [draft.mapping["agent_name"] for draft in drafts] == ["a", "b", "c"]
    assert [draft.first_line for draft in drafts] == [1, 3, 4]
    assert drafts[2].line_of("agent_name") == 4


def test_a_stream_of_yaml_documents() -> None:
    drafts = batch(STREAM)
    assert [draft.mapping["agent_name"] for draft in drafts] == ["a", "b", "c"]
    assert [draft.line_of("agent_name") for draft in drafts] == [3, 9, 13]
    assert drafts[0].mapping["labels"] == {"x": "---\n"}


def test_one_document_is_a_batch_of_one() -> None:
    assert [draft.mapping for draft in batch(b"\n\nagent_name: a\n")] == [{"agent_name": "a"}]
    assert batch(b"") == []
    assert batch(b"\n \n") == []
    assert batch(b"# nothing\n---\n---\n") == []


def test_a_canonical_stream_is_a_batch() -> None:
    data = (VECTORS / "run-v1.0-ai.yaml").read_bytes()
    drafts = batch(data + b"---\n" + data)
    assert [draft.mapping for draft in drafts] == [parse_mapping(data)] * 2


@pytest.mark.parametrize(
    ("text", "good", "line"),
    [
        (b'{"agent_name": "a"}\n{"agent_name": }\n', 1, 2),
        (b'{"agent_name": "a"}\n[1]\n', 1, 2),
        (b'{"agent_name": "a"}\n1\n', 1, 2),
        (b'{"agent_name": "a"}\nagent_name: b\n', 1, 2),
        (b'{\n"agent_name": "a"}\n', 0, 1),
        (b'{"agent_name": "a"}\n{"agnt": "b"}\n', 1, 2),
        (b"agent_name: a\n---\nagnt: b\n", 1, 3),
        (b"agent_name: a\n---\n\n- b\n", 1, 4),
        (b"agent_name: a\n---\nnotes: [\n", 1, 4),
        (b'agent_name: a\n---\n{"agent_name": "b", "agent_name": "c"}\n', 1, 3),
    ],
)
def test_a_bad_draft_stops_a_batch_at_its_line(text: bytes, good: int, line: int) -> None:
    drafts = read_drafts(text.splitlines(keepends=True))
    for _ in range(good):
        next(drafts)
    with pytest.raises(RecordError) as caught:
        next(drafts)
    assert caught.value.details["line"] == line


def test_a_batch_is_read_lazily() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b'{"agent_name": "a"}\n'

    drafts = read_drafts(endless())
    assert [next(drafts).first_line for _ in range(3)] == [1, 2, 3]


def test_a_document_without_end_is_refused_before_it_is_read() -> None:
    def endless() -> Iterator[bytes]:
        yield b"notes: |\n"
        while True:
            yield b"  x\n"

    with pytest.raises(RecordError) as caught:
        next(read_drafts(endless()))
    assert caught.value.code is Code.LIMIT


def test_a_json_line_without_end_is_refused() -> None:
    with pytest.raises(RecordError) as caught:
        next(read_drafts([b'{"notes": "' + b"x" * MAX_DRAFT_BYTES + b'"}']))
    assert caught.value.code is Code.LIMIT


def test_ten_thousand_json_lines_take_less_than_a_second() -> None:
    line = json.dumps(run(labels={"a": "b"}, input_files=["a", "b"])).encode() + b"\n"
    assert sum(1 for _ in read_drafts([line] * 3)) == 3
    assert takes_less_than(1, lambda: list(read_drafts([line] * 10_000)), tries=2)


def test_each_document_of_a_batch_may_have_directives() -> None:
    text = (
        b"%YAML 1.2\n---\nagent_name: a\n...\n%YAML 1.2\n---\nagent_name: b\n---\nagent_name: c\n"
    )
    found = batch(text)
    assert [draft.mapping["agent_name"] for draft in found] == ["a", "b", "c"]
    assert [draft.line_of("agent_name") for draft in found] == [3, 7, 9]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (b"%YAML 1.2\nagent_name: n\n", 2, "---"),
        (b"%YAML 1.2\n%YAML 1.2\n---\nagent_name: n\n", 2, "duplicate"),
        (b"%YAML 2.0\n---\nagent_name: n\n", 1, "version 1"),
        (b"agent_name: n\n---\n%YAML 1.2\n---\nagent_name: n\n", 4, "---"),
        (b"%YAML 1.1\n---\nagent_name: no\n", 2, "not YAML 1.2"),
        (b"%YAML 1.2\n", 2, "---"),
    ],
)
def test_a_directive_out_of_place_is_named(text: bytes, line: int, word: str) -> None:
    with pytest.raises(RecordError) as caught:
        batch(text)
    assert caught.value.code is Code.RECORD_FORM
    assert (caught.value.details["line"], word in caught.value.message) == (line, True)
