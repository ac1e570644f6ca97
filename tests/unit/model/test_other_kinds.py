"""State, artifact, log, amendment and ledger document: their tables and their times."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import RecordError
from gitprov.model.amendment import RunChanges
from gitprov.model.kinds import MODELS
from gitprov.model.record import Record
from gitprov.model.run import RunRecord
from tests.support.sample_records import (
    GONE,
    LEDGER_ID,
    OID,
    RUN_ID,
    SHA256,
    changed,
    id_at,
    sample,
)

HEAD = ["schema_version", "kind", "", "recorded_at", "mutation"]
FIELDS = {
    "state": "run_id agent_name sequence status phase? progress? started_at last_error? metadata?",
    "artifact": "run_id? agent_name phase? role media_type name sha256 size store",
    "log": "run_id agent_name format first_at? last_at? lines? sha256 size store",
    "amendment": "run_id action changes? reason",
    "proposal": "action base_policy plan plan_digest reason expires_at",
    "approval": "proposal_id plan_digest approver decision comment?",
    "enactment": "plan_digest",
    "tombstone": "reason",
}
OPTIONAL: dict[str, dict[str, Any]] = {
    "state": {"phase": "x", "progress": {"p": 0.5}, "last_error": "", "metadata": {}},
    "artifact": {"run_id": RUN_ID, "phase": "x"},
    "log": {
        "first_at": "2026-11-10T10:30:00.000Z",
        "last_at": "2026-11-10T10:30:00.000Z",
        "lines": 0,
    },
    "approval": {"comment": ""},
}
# Kinds whose ids have a time of their own.
TIMED = ["state", "artifact", "log", "amendment", "proposal"]
FOLLOWING = ["approval", "enactment", "tombstone"]


def assert_accepted(mapping: dict[str, Any], kind: str) -> None:
    assert build(mapping, kind).to_mapping() == mapping


def refused(mapping: dict[str, Any], kind: str, field: str) -> RecordError:
    with pytest.raises(RecordError) as caught:
        build(mapping, kind)
    assert caught.value.details["field"] == field
    return caught.value


@pytest.mark.parametrize("kind", FIELDS)
def test_fields_stand_in_the_order_of_the_table(kind: str) -> None:
    names = [name.rstrip("?") for name in FIELDS[kind].split()]
    head = [name or f"{kind}_id" for name in HEAD]
    assert list(MODELS[kind].model_fields) == [*head, *names, "extensions"]


@pytest.mark.parametrize("kind", FIELDS)
def test_fields_with_a_question_mark_are_optional_and_no_others(kind: str) -> None:
    optional = {name.rstrip("?") for name in FIELDS[kind].split() if name.endswith("?")}
    found = {name for name, info in MODELS[kind].model_fields.items() if not info.is_required()}
    assert found == optional | {"extensions"}


@pytest.mark.parametrize("kind", OPTIONAL)
def test_optional_fields_are_kept(kind: str) -> None:
    record = build({**sample(kind), **OPTIONAL[kind], "extensions": {"a": "b"}}, kind)
    mapping = record.to_mapping()
    assert {name: mapping[name] for name in OPTIONAL[kind]} == OPTIONAL[kind]
    assert list(mapping)[-1] == "extensions"


@pytest.mark.parametrize("kind", FIELDS)
def test_every_record_knows_its_id(kind: str) -> None:
    record = build(sample(kind), kind)
    assert isinstance(record, Record)
    assert record.record_id == RUN_ID


@pytest.mark.parametrize("kind", FIELDS)
def test_the_mutation_names_its_own_record(kind: str) -> None:
    refused(
        changed(sample(kind), "mutation.resource_id", f"run:{RUN_ID}"), kind, "mutation.resource_id"
    )


def with_id(kind: str, record_id: str) -> dict[str, Any]:
    mapping = changed(sample(kind), f"{kind}_id", record_id)
    return changed(mapping, "mutation.resource_id", f"{kind}:{record_id}")


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize(
    ("time", "good"),
    [
        ("2026-11-09T10:34:56.123Z", True),  # recorded_at - 24 h
        ("2026-11-09T10:34:56.122Z", False),
        ("2026-11-10T10:44:56.123Z", True),  # recorded_at + 10 min
        ("2026-11-10T10:44:56.124Z", False),
    ],
)
def test_the_time_of_an_id_lies_near_its_recording(kind: str, time: str, *, good: bool) -> None:
    mapping = with_id(kind, id_at(time))
    if good:
        assert_accepted(mapping, kind)
    else:
        refused(mapping, kind, f"{kind}_id")


@pytest.mark.parametrize("kind", FOLLOWING)
def test_ids_that_follow_a_proposal_may_be_of_any_time(kind: str) -> None:
    assert_accepted(with_id(kind, "00000000-0000-7e97-b00d-1c0ffee00123"), kind)


def test_a_state_begins_before_it_is_recorded() -> None:
    assert_accepted(changed(sample("state"), "started_at", "2026-11-10T10:44:56.123Z"), "state")
    refused(
        changed(sample("state"), "started_at", "2026-11-10T10:44:56.124Z"), "state", "started_at"
    )


def test_a_sequence_begins_at_zero() -> None:
    refused(changed(sample("state"), "sequence", -1), "state", "sequence")
    refused(changed(sample("state"), "sequence", 1.0), "state", "sequence")


def test_the_role_of_an_artifact_is_one_of_six() -> None:
    error = refused(changed(sample("artifact"), "role", "phase-output"), "artifact", "role")
    assert "did you mean phase_output?" in error.message


def test_a_log_ends_after_it_began() -> None:
    mapping = {**sample("log"), "first_at": "2026-11-10T10:30:00.001Z"}
    assert_accepted(mapping, "log")
    refused({**mapping, "last_at": "2026-11-10T10:30:00.000Z"}, "log", "last_at")


def test_an_amendment_changes_something() -> None:
    error = refused(changed(sample("amendment"), "changes", GONE), "amendment", "changes")
    assert "AMEND says what changes" in error.message
    refused(changed(sample("amendment"), "changes", {}), "amendment", "changes")


def test_a_withdrawal_changes_nothing() -> None:
    mapping = changed(sample("amendment"), "action", "WITHDRAW")
    refused(mapping, "amendment", "changes")
    assert_accepted(changed(mapping, "changes", GONE), "amendment")


EXCLUDED = [
    "schema_version",
    "kind",
    "run_id",
    "recorded_at",
    "mutation",
    "agent_name",
    "agent_type",
    "input_context",
    "extensions",
]


def test_changes_are_the_fields_of_a_run_in_their_order() -> None:
    expected = [name for name in RunRecord.model_fields if name not in EXCLUDED]
    assert list(RunChanges.model_fields) == expected
    for name in expected:
        ours, theirs = RunChanges.model_fields[name], RunRecord.model_fields[name]
        assert not ours.is_required()
        if not theirs.is_required():
            assert ours.annotation == theirs.annotation, name


@pytest.mark.parametrize("field", EXCLUDED)
def test_what_identifies_a_run_cannot_be_amended(field: str) -> None:
    refused(changed(sample("amendment"), f"changes.{field}", "x"), "amendment", f"changes.{field}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent_name", ""),
        ("started_at", "yesterday"),
        ("run_status", "DONE"),
        ("notes", " "),
        ("metrics", {"a": "b"}),
        ("usage", {}),
        ("input_files", [{"path": "/a", "sha256": SHA256, "size": 0}]),
    ],
)
def test_a_change_is_a_value_that_a_run_may_have(field: str, value: object) -> None:
    error = refused_any(changed(sample("amendment"), f"changes.{field}", value))
    assert error.details["field"].startswith(f"changes.{field}")


def refused_any(mapping: dict[str, Any]) -> RecordError:
    with pytest.raises(RecordError) as caught:
        build(mapping, "amendment")
    return caught.value


PREDECESSOR = {
    "ledger_id": "3d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7aa",
    "tip": OID,
    "height": 0,
    "chain": SHA256,
}


def test_a_ledger_may_have_a_predecessor() -> None:
    mapping = {**sample("ledger"), "predecessor": PREDECESSOR}
    assert build(mapping, "ledger").to_mapping() == mapping


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("ledger_id", RUN_ID),
        ("ledger_id", "4d0a5cf6-2df6-4b33-c6a2-8fd4e1b0a7bb"),
        ("created_at", "2026-11-10"),
        ("predecessor.ledger_id", LEDGER_ID),
        ("predecessor.tip", OID[:-1]),
        ("predecessor.height", -1),
        ("predecessor.chain", f"sha256:{SHA256}"),
        ("predecessor.bogus", 1),
    ],
)
def test_what_a_ledger_document_may_not_hold(place: str, value: object) -> None:
    refused(
        changed({**sample("ledger"), "predecessor": PREDECESSOR}, place, value), "ledger", place
    )
