"""Bytes to records and back, and what each step refuses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gitprov.codec import canonical
from gitprov.codec.records import (
    build,
    build_canonical,
    parse_mapping,
    parse_record,
    require_canonical,
    to_bytes,
)
from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.kinds import MODELS
from gitprov.model.run import RunRecord
from gitprov.model.schema_errors import schema_error
from tests.support.sample_records import GONE, changed, run, sample
from tests.support.timing import takes_less_than


@pytest.mark.parametrize("kind", list(MODELS))
def test_a_document_and_its_bytes_are_one(kind: str) -> None:
    document = build(sample(kind), kind)
    data = to_bytes(document)
    assert parse_record(data, kind) == document
    assert parse_mapping(data) == sample(kind)
    assert build_canonical(parse_mapping(data), data, kind) == document
    assert data == canonical.emit(sample(kind))


@pytest.mark.parametrize("kind", list(MODELS))
def test_keys_stand_in_the_order_of_the_schema_at_every_level(kind: str) -> None:
    data = canonical.emit(dict(reversed(sample(kind).items())))
    assert build(parse_mapping(data), kind).to_mapping() == sample(kind)
    with pytest.raises(RecordError) as caught:
        parse_record(data, kind)
    assert caught.value.code is Code.RECORD_FORM
    assert caught.value.details["line"] == 1
    with pytest.raises(RecordError):
        build_canonical(parse_mapping(data), data, kind)


def test_keys_of_nested_models_have_an_order_too() -> None:
    mapping = run()
    mapping["input_context"] = dict(reversed(mapping["input_context"].items()))
    with pytest.raises(RecordError) as caught:
        parse_record(canonical.emit(mapping), "run")
    assert caught.value.code is Code.RECORD_FORM
    assert "order of the schema" in caught.value.message


def test_a_record_that_breaks_off_early_is_not_canonical() -> None:
    """An emitted text that is longer or shorter than the bytes differs from them as well."""
    record = build(run(labels={}), "run")
    data = to_bytes(record)
    shorter = to_bytes(build(run(), "run"))
    for given in (shorter, data + b'notes: "x"\n'):
        with pytest.raises(RecordError) as caught:
            require_canonical(record, given)
        assert caught.value.code is Code.RECORD_FORM


def test_a_policy_may_ask_for_smaller_records() -> None:
    data = to_bytes(build(run(), "run"))
    assert to_bytes(parse_record(data, "run", max_bytes=len(data))) == data
    for read in (parse_record, parse_limited):
        with pytest.raises(RecordError) as caught:
            read(data, "run", max_bytes=len(data) - 1)
        assert caught.value.code is Code.LIMIT


def parse_limited(data: bytes, _kind: str, *, max_bytes: int) -> object:
    return parse_mapping(data, max_bytes=max_bytes)


def test_a_record_too_long_for_a_file_is_not_written() -> None:
    record = build(run(labels={f"k{n}": "v" * 1000 for n in range(300)}), "run")
    with pytest.raises(RecordError) as caught:
        to_bytes(record)
    assert caught.value.code is Code.LIMIT


def test_null_means_absent_where_a_field_is_optional() -> None:
    assert build(run(labels=None), "run") == build(run(), "run")
    with pytest.raises(RecordError):
        build(run(agent_name=None), "run")


def test_whoever_makes_a_model_by_hand_meets_the_same_rules() -> None:
    with pytest.raises(ValidationError, match="run_status"):
        RunRecord.model_validate(run(run_status="DONE"))


def error_of(**fields: object) -> RecordError:
    mapping = run()
    for place, value in fields.items():
        mapping = changed(mapping, place.replace("__", "."), value)
    with pytest.raises(RecordError) as caught:
        build(mapping, "run")
    return caught.value


def test_an_error_names_the_first_field_and_counts_the_others() -> None:
    error = error_of(agent_name=GONE, run_status="SUCESS", input_context__dirty=0, bogus=1)
    assert error.details["field"] == "agent_name"
    assert error.message == "agent_name is missing (and 3 more)"
    assert error.details["problems"] == [
        "agent_name is missing",
        (
            "run_status is 'SUCESS'; it must be SUCCESS or PARTIAL or FAILED or SKIPPED "
            "(did you mean SUCCESS?)"
        ),
        "input_context.dirty is 0; it must be true or false",
        "bogus is not a field of this schema",
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("agent_name", 5, "agent_name is 5; it must be text"),
        ("agent_name", "a\u200b", "agent_name contains U+200B, which cannot be in a line"),
        ("run_status", "sucess", "(did you mean SUCCESS?)"),
        ("run_status", "green", "it must be SUCCESS or PARTIAL or FAILED or SKIPPED"),
        ("kind", "state", "kind is 'state'; it must be run"),
        ("started_at", "yesterday", "such as 2026-11-20T10:34:56.123Z"),
        ("run_id", "1", "run_id is '1'; it must be a lower-case UUIDv7"),
        ("input_files", "a", "input_files is 'a'; it must be a list"),
        ("input_files", ["a"], "input_files.0 is 'a'; it must be a mapping of fields"),
        ("labels", ["a"], "labels is ['a']; it must be a mapping"),
        ("command", {"argv": []}, "command.argv is []; it must be at least 1 long"),
        ("usage", {"input_tokens": -1}, "usage.input_tokens is -1; it must be at least 0"),
        ("cost", {"amount": "1" * 201, "currency": "USD"}, "at most 200 characters"),
        ("agent_name", {"x": "y" * 1000}, "yyy..."),
    ],
)
def test_an_error_says_what_is_accepted(field: str, value: object, message: str) -> None:
    error = error_of(**{field: value})
    assert error.code is Code.SCHEMA
    assert message in error.message
    assert len(error.message) < 400


def test_an_error_lists_no_more_than_twenty_problems() -> None:
    error = error_of(labels={f"k{n}": n for n in range(15_000)})
    assert error.message == "labels.k0 is 0; it must be text (and 14999 more)"
    assert len(error.details["problems"]) == 20


@pytest.mark.parametrize("value", [1, "\ud800"])
def test_no_name_in_an_error_plays_with_a_terminal(value: object) -> None:
    error = error_of(labels={"a\n\x1b[2J\u202e" + "x" * 500: value})
    assert error.message.isprintable()
    assert error.details["field"].startswith("labels.a\\n\\x1b[2J\\u202ex")
    assert len(error.message) < 300


def test_a_long_value_is_compared_with_the_choices_at_once() -> None:
    assert takes_less_than(0.5, lambda: error_of(run_status="SUCCES" * 40_000))


def test_an_error_that_no_table_foresees_speaks_in_the_words_of_pydantic() -> None:
    class Probe(Model):
        names: frozenset[str]

    with pytest.raises(ValidationError) as caught:
        Probe.model_validate({"names": 7})
    error = schema_error(caught.value, "run")
    assert error.message == "names is 7: input should be a valid frozenset"


def test_a_value_of_no_known_type_is_shown_as_it_is() -> None:
    class Odd:
        """Not even a value of Python's own types."""

        def __repr__(self) -> str:
            return "Odd()"

    with pytest.raises(RecordError) as caught:
        build(changed(sample("proposal"), "plan", Odd()), "proposal")
    assert caught.value.details["field"] == "plan"
    assert "Odd()" in caught.value.message
