"""Texts made to be read in two ways, or to stall a reader; each named after its case.

What a record's bytes can do wrong is refused by `parse_record`, whoever calls it.
"""

from __future__ import annotations

import pytest

from gitprov.codec.canonical import MAX_BYTES
from gitprov.codec.records import parse_record, to_bytes
from gitprov.errors import Code, RecordError
from gitprov.model.run import RunRecord
from tests.support.sample_records import JOB_ID, VECTORS, WORKFLOW_ID, changed, run, short
from tests.support.timing import takes_less_than

GOOD = to_bytes(RunRecord.model_validate(run())).decode()
AI = changed(run(), "mutation.actor_kind", "AI")
AI = changed(changed(AI, "mutation.job_id", JOB_ID), "mutation.workflow_id", WORKFLOW_ID)
AI["mutation"] = {
    name: AI["mutation"][name]
    for name in ("actor_kind", "actor_id", "job_id", "workflow_id", "edit_event_id", "resource_id")
}
GOOD_AI = to_bytes(RunRecord.model_validate(AI)).decode()
FORM = {Code.RECORD_FORM}
FORM_OR_LIMIT = {Code.RECORD_FORM, Code.LIMIT}
SCHEMA = {Code.SCHEMA}


def refusal(data: bytes) -> RecordError:
    with pytest.raises(RecordError) as caught:
        parse_record(data, "run")
    return caught.value


def with_line(number: int, line: str) -> str:
    lines = GOOD.split("\n")
    lines[number] = line
    return "\n".join(lines)


def inserted(number: int, line: str) -> str:
    lines = GOOD.split("\n")
    lines.insert(number, line)
    return "\n".join(lines)


def replaced(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_r00_a_human_and_an_ai_record_are_accepted() -> None:
    assert parse_record(GOOD.encode(), "run").to_mapping() == run()
    assert parse_record(GOOD_AI.encode(), "run").to_mapping() == AI
    data = (VECTORS / "run-v1.0-ai.yaml").read_bytes()
    assert to_bytes(parse_record(data, "run")) == data


TEXTS: list[tuple[str, str, set[Code]]] = [
    ("R-01 duplicate key", inserted(7, '  actor_kind: "AI"'), FORM),
    ("R-01 duplicate top key", inserted(2, 'kind: "run"'), FORM),
    ("R-03 anchor", replaced('status_before: "IN', 'status_before: &x "IN'), FORM),
    ("R-03 alias", replaced('status_after: "CHECKED"', "status_after: *x"), FORM),
    ("R-03 merge key", inserted(5, '  "<<": {}'), SCHEMA),
    ("R-03 merge key with alias", inserted(5, "  <<: *x"), FORM),
    ("R-03 recursive", "a: &a [*a]\n", FORM),
    ("R-07 python object", "a: !!python/object/apply:os.system ['id']\n", FORM),
    ("R-07 tag directive", "%TAG ! tag:yaml.org,2002:python/\n---\n" + GOOD, FORM),
    ("R-07 local tag", replaced('agent_name: "', 'agent_name: !foo "'), FORM),
    ("R-09 no", replaced('kind: "run"', "kind: no"), FORM),
    ("R-09 on", replaced('kind: "run"', "kind: on"), FORM),
    ("R-09 y", replaced('kind: "run"', "kind: y"), FORM),
    ("R-10 octal", inserted(7, "  job_id: 0123456"), FORM),
    ("R-10 float", inserted(7, "  job_id: 1.5e+10"), FORM),
    ("R-10 sexagesimal", inserted(7, "  job_id: 12:30:45"), FORM),
    ("R-10 hexadecimal", inserted(7, "  job_id: 0x1F"), FORM),
    ("R-10 underscore", inserted(7, "  job_id: 1_000"), FORM),
    ("R-10 a number as job", inserted(7, "  job_id: 1000"), SCHEMA),
    ("R-12 no zone", replaced("10:30:00.000Z", "10:30:00.000"), SCHEMA),
    ("R-12 unknown zone", replaced("10:30:00.000Z", "10:30:00.000-00:00"), SCHEMA),
    ("R-12 second 60", replaced("10:30:00.000Z", "10:30:60.000Z"), SCHEMA),
    ("R-12 year 0000", replaced("2026-11-10T10:30", "0000-11-10T10:30"), SCHEMA),
    ("R-12 30 February", replaced("2026-11-10T10:30", "2026-02-30T10:30"), SCHEMA),
    ("R-12 plain time", replaced('"2026-11-10T10:30:00.000Z"', "2026-11-10T10:30:00.000Z"), FORM),
    ("R-13 nan", GOOD + "metrics:\n  a: .nan\n", FORM),
    ("R-13 inf", GOOD + "metrics:\n  a: .inf\n", FORM),
    ("R-13 endless integer", GOOD + f"metrics:\n  a: {'9' * 5000}\n", FORM),
    ("R-13 endless float", GOOD + f"metrics:\n  a: 0.{'9' * 5000}\n", FORM),
    ("R-15 byte order mark", "\ufeff" + GOOD, FORM),
    ("R-16 raw NUL", replaced("CHECKED", "CHE\x00CKED"), FORM),
    ("R-16 escaped NUL", replaced("CHECKED", "CHE\\0CKED"), FORM),
    ("R-16 escaped NUL in hex", replaced("CHECKED", "CHE\\u0000CKED"), FORM),
    ("R-18 line separator", replaced("CHECKED", 'x"\u2028kind: "ai'), FORM),
    ("R-18 next line", replaced("CHECKED", 'x"\x85kind: "ai'), FORM),
    ("R-19 CRLF", GOOD.replace("\n", "\r\n"), FORM),
    ("R-19 lone CR", GOOD.replace("\n", "\r"), FORM),
    ("R-19 one CR", with_line(3, GOOD.split("\n")[3] + "\r"), FORM),
    ("R-21 comment", inserted(3, "# approved"), FORM),
    ("R-21 comment behind", with_line(1, 'kind: "run" # approved'), FORM),
    ("R-21 blank line", inserted(3, ""), FORM),
    ("R-21 blank line at the end", GOOD + "\n", FORM),
    ("R-21 no last line feed", GOOD[:-1], FORM),
    ("R-21 other quotes", replaced('"CHECKED"', "'CHECKED'"), FORM),
    ("R-21 no quotes", replaced('"CHECKED"', "CHECKED"), FORM),
    ("R-21 quoted key", replaced("status_after:", '"status_after":'), FORM),
    ("R-21 JSON", '{"schema_version": "v1.0"}\n', FORM),
    ("R-21 other indentation", GOOD.replace("\n  ", "\n    "), FORM),
    ("R-22 integer key", GOOD + 'labels:\n  1: "x"\n', FORM),
    ("R-22 true as key", GOOD + 'labels:\n  true: "x"\n', FORM),
    ("R-22 null as key", GOOD + 'labels:\n  null: "x"\n', FORM),
    ("R-22 list as key", GOOD + 'labels:\n  [a]: "x"\n', FORM),
    ("R-22 complex key", GOOD + 'labels:\n  ? a\n  : "x"\n', FORM),
    ("R-24 kind ai", replaced('actor_kind: "HUMAN"', 'actor_kind: "ai"'), SCHEMA),
    ("R-24 space", replaced('actor_kind: "HUMAN"', 'actor_kind: " AI"'), SCHEMA),
    ("R-24 line feed", replaced('actor_kind: "HUMAN"', 'actor_kind: "AI\\n"'), SCHEMA),
    ("R-24 agent", replaced('actor_kind: "HUMAN"', 'actor_kind: "agent"'), SCHEMA),
    ("R-25 AI without context", replaced('actor_kind: "HUMAN"', 'actor_kind: "AI"'), SCHEMA),
    ("R-27 null", inserted(7, "  job_id: null"), FORM),
    ("R-27 empty value", inserted(7, "  job_id:"), FORM),
    ("R-27 empty", inserted(7, '  job_id: ""'), SCHEMA),
    ("R-27 zero", inserted(7, "  job_id: 0"), SCHEMA),
    ("R-27 false", inserted(7, "  job_id: false"), SCHEMA),
    ("R-27 list", inserted(7, "  job_id: []"), SCHEMA),
    ("R-27 map", inserted(7, "  job_id: {}"), SCHEMA),
    ("R-28 n/a", inserted(7, '  job_id: "n/a"'), SCHEMA),
    ("R-31 float size", GOOD + "usage:\n  input_tokens: 1.0\n", SCHEMA),
    ("R-31 true as a number", GOOD + "usage:\n  input_tokens: true\n", SCHEMA),
    ("R-31 yesterday", replaced("2026-11-10T10:30:00.000Z", "yesterday"), SCHEMA),
    ("R-34 md5", replaced("6f" * 32, "d41d8cd98f00b204e9800998ecf8427e"), SCHEMA),
    ("R-34 upper case", replaced("6f" * 32, "6F" * 32), SCHEMA),
]


@pytest.mark.parametrize(("name", "text", "codes"), TEXTS, ids=[name for name, _, _ in TEXTS])
def test_a_text_with_two_meanings_is_refused(name: str, text: str, codes: set[Code]) -> None:
    assert refusal(text.encode()).code in codes, name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
def test_r15_other_encodings(encoding: str) -> None:
    assert refusal(GOOD.encode(encoding)).code is Code.RECORD_FORM


def test_r16_invalid_utf8() -> None:
    assert refusal(GOOD.encode().replace(b"CHECKED", b"\xff\xfe")).code is Code.RECORD_FORM


def test_r21_other_key_order() -> None:
    lines = GOOD.split("\n")
    for first, second in ((0, 1), (2, 3), (5, 6), (9, 10)):
        swapped = list(lines)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        error = refusal("\n".join(swapped).encode())
        assert error.code is Code.RECORD_FORM
        assert "order of the schema" in error.message
        assert error.details["line"] == first + 1


def test_r21_free_maps_are_sorted() -> None:
    text = GOOD + 'labels:\n  b: "1"\n  a: "2"\n'
    error = refusal(text.encode())
    assert error.code is Code.RECORD_FORM
    assert error.details["line"] == text.count("\n") - 1


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)
HOSTILE: list[tuple[str, bytes]] = [
    ("R-04 billion laughs", BOMB.encode()),
    ("R-06 brackets", b"[" * 200_000),
    ("R-06 brackets as a value", b"a: " + b"[" * 200_000 + b"]" * 50_000 + b"\n"),
    ("R-06 braces", b"a: " + b"{a: " * 60_000 + b"\n"),
    ("R-06 deep indentation", b"".join(b" " * n + b"a:\n" for n in range(700))),
    ("R-06 deep mappings", b"".join(b"  " * n + b"a:\n" for n in range(500))),
    ("R-06 deep sequences", b"a:\n" + b"- " * 100_000 + b"1\n"),
    ("R-06 spaces", b" " * 262_000),
    ("R-13 digits", b"a: " + b"9" * 262_000 + b"\n"),
    ("R-13 digits behind the point", b"a: 0." + b"9" * 262_000 + b"\n"),
    ("one line", b"a" * 262_000),
    ("one key", b"a" * 262_000 + b": 1\n"),
    ("a string without end", b'a: "' + b"x" * 262_000),
    ("escapes without end", b'a: "' + b"\\n" * 131_000),
    ("bad escapes", b'a: "' + b"\\x" * 131_000 + b'"\n'),
    ("quotes", b'"' * 262_000),
    ("backslashes", b'a: "' + b"\\" * 262_000 + b"\n"),
    ("line feeds", b"\n" * 262_000),
    ("dashes", b"- \n" * 87_000),
    ("colons", b":" * 262_000),
    ("one bad line at the end", b"".join(b"k%d: 1\n" % n for n in range(20_000)) + b"\t\n"),
    ("a key again at the end", b"".join(b"k%d: 1\n" % n for n in range(20_000)) + b"k0: 1\n"),
    ("zeros", b"\x00" * 262_000),
    ("no UTF-8", b"\xff" * 262_000),
    ("too long", b"a" * 10_000_000),
]


@pytest.mark.parametrize(("name", "data"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_bytes_are_refused_at_once(name: str, data: bytes) -> None:
    error = refusal(data)
    assert error.code in FORM_OR_LIMIT
    assert len(error.message) < 300
    assert takes_less_than(0.5, lambda: refusal(data)), name


def test_the_longest_record_is_read_in_linear_time() -> None:
    text = GOOD + "labels:\n" + "".join(f'  k{n:05d}: "v"\n' for n in range(15_000))
    data = text.encode()
    assert MAX_BYTES * 0.8 < len(data) <= MAX_BYTES
    assert takes_less_than(0.5, lambda: parse_record(data, "run"))
    assert to_bytes(parse_record(data, "run")) == data


@pytest.mark.parametrize("kind", ["", "runs", "key", "Run", "x" * 10_000], ids=short)
def test_there_is_no_other_kind(kind: str) -> None:
    with pytest.raises(RecordError) as caught:
        parse_record(GOOD.encode(), kind)
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == "kind"
    assert len(caught.value.message) < 300


def test_a_record_of_another_kind_is_refused() -> None:
    with pytest.raises(RecordError) as caught:
        parse_record(GOOD.encode(), "state")
    assert caught.value.code is Code.SCHEMA
