"""Names in drafts: the seeds' spellings, suggestions, and values that stand for more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from gitprov.codec.draft_names import resolve_plain, shape_of, snake_case
from gitprov.codec.drafts import Draft, from_mapping, read_draft
from gitprov.errors import Code, RecordError
from gitprov.model.kinds import MODELS
from gitprov.model.run import RunRecord
from tests.support.sample_records import DIGEST, RUN_ID, SHA256, policy, sample


@pytest.mark.parametrize(
    ("seed", "ours"),
    [
        ("RunID", "run_id"),
        ("AgentName", "agent_name"),
        ("InputFiles", "input_files"),
        ("OutputFiles", "output_files"),
        ("StatusBefore", "status_before"),
        ("StatusAfter", "status_after"),
        ("RunStatus", "run_status"),
        ("SchemaVersion", "schema_version"),
        ("StartedAt", "started_at"),
        ("Notes", "notes"),
        ("SHA256", "sha256"),
        ("GitOID", "git_oid"),
        ("JobID", "job_id"),
        ("ExitCode", "exit_code"),
        ("run_id", "run_id"),
        ("runID", "runID"),
        ("", ""),
    ],
)
def test_pascal_case_becomes_snake_case(seed: str, ours: str) -> None:
    assert snake_case(seed) == ours


@pytest.mark.parametrize("kind", list(MODELS))
def test_every_field_of_every_kind_has_a_pascal_spelling(kind: str) -> None:
    for name in shape_of(kind).names:
        pascal = "".join(part.capitalize() for part in name.split("_"))
        assert list(from_mapping({pascal: "x"}, kind).mapping) == [name]


def test_the_seeds_names_work_at_every_level_but_in_free_maps() -> None:
    draft = from_mapping(
        {
            "RunID": RUN_ID,
            "InputContext": {"Method": "files", "HeadCommit": "unborn"},
            "InputFiles": [{"Path": "a", "SHA256": SHA256, "Size": 1, "GitOID": "x"}],
            "Mutation": {"ActorKind": "AI", "JobID": "j", "WorkflowID": "w"},
            "Command": {"Argv": ["A"], "ExitCode": 0},
            "Error": {"Message": "m", "Details": {"PathName": "P"}},
            "Labels": {"TeamName": "Docs", "RunID": "x"},
            "Metrics": {"Top1": 1},
        }
    )
    assert draft.mapping == {
        "run_id": RUN_ID,
        "input_context": {"method": "files", "head_commit": "unborn"},
        "input_files": [{"path": "a", "sha256": SHA256, "size": 1, "git_oid": "x"}],
        "mutation": {"actor_kind": "AI", "job_id": "j", "workflow_id": "w"},
        "command": {"argv": ["A"], "exit_code": 0},
        "error": {"message": "m", "details": {"PathName": "P"}},
        "labels": {"TeamName": "Docs", "RunID": "x"},
        "metrics": {"Top1": 1},
    }


def test_the_seeds_context_digest_stands_inside_the_context() -> None:
    assert from_mapping({"InputContextSHA": SHA256}).mapping == {
        "input_context": {"digest": SHA256}
    }
    with pytest.raises(RecordError, match="given twice"):
        from_mapping({"InputContextSHA": SHA256, "input_context": {"digest": SHA256}})


def test_a_plan_of_any_action_keeps_its_fields() -> None:
    plans: list[dict[str, Any]] = [
        {"policy_version": 2, "policy_digest": DIGEST, "keys": {"keys/x": DIGEST}},
        {"artifacts": [DIGEST]},
        {"from_height": 1, "to_height": 2},
        {"scope": {"run_id": RUN_ID, "from": "x"}, "release": True},
    ]
    for plan in plans:
        assert from_mapping({"plan": plan}, "proposal").mapping == {"plan": plan}


def test_a_policy_is_a_draft_too() -> None:
    assert from_mapping(policy(), "policy").mapping == policy()


@pytest.mark.parametrize("kind", list(MODELS))
def test_a_whole_document_is_a_draft(kind: str) -> None:
    assert from_mapping(sample(kind), kind).mapping == sample(kind)


def test_a_bare_path_or_commit_stands_for_its_mapping() -> None:
    draft = from_mapping({"input_files": ["a", {"path": "b"}], "code_commits": ["HEAD"]})
    assert draft.mapping == {
        "input_files": [{"path": "a"}, {"path": "b"}],
        "code_commits": [{"commit": "HEAD"}],
    }
    assert from_mapping({"artifacts": [RUN_ID]}).mapping == {"artifacts": [RUN_ID]}


def test_null_is_absent_but_only_where_a_field_may_be_absent() -> None:
    draft = from_mapping({"notes": None, "mutation": {"job_id": None}, "labels": {"a": None}})
    assert draft.mapping == {"mutation": {}, "labels": {"a": None}}


def test_empty_is_not_absent() -> None:
    empty: dict[str, Any] = {"input_files": [], "labels": {}, "notes": ""}
    assert from_mapping(empty).mapping == empty


def test_times_get_the_one_form() -> None:
    draft = from_mapping(
        {
            "started_at": "2026-11-20T10:00:00+02:00",
            "finished_at": datetime(2026, 11, 20, 8, 0, 1, 999_999, tzinfo=UTC),
            "recorded_at": "2h ago",
            "notes": "2026-11-20T10:00:00+02:00",
        }
    )
    assert draft.mapping == {
        "started_at": "2026-11-20T08:00:00.000Z",
        "finished_at": "2026-11-20T08:00:01.999Z",
        "recorded_at": "2h ago",
        "notes": "2026-11-20T10:00:00+02:00",
    }
    east = datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=2)))
    assert from_mapping({"started_at": east}).mapping["started_at"] == "2026-11-20T08:00:00.000Z"


def test_a_time_without_zone_stays_for_the_schema_to_refuse() -> None:
    naive = datetime(2026, 11, 20, 10)  # noqa: DTZ001 - the point of the test
    assert from_mapping({"started_at": naive}).mapping["started_at"] is naive


def test_values_that_are_none_of_ours_stay_for_the_schema_to_refuse() -> None:
    odd = object()
    given = {"notes": odd, "command": {"argv": {"a": (1, [odd])}}, "mutation": 1, "model": [1]}
    assert from_mapping(given).mapping == {
        "notes": odd,
        "command": {"argv": {"a": [1, [odd]]}},
        "mutation": 1,
        "model": [1],
    }


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("agnt_name", "did you mean agent_name?"),
        ("AgentNme", "did you mean agent_name?"),
        ("status", "did you mean"),
        ("Timestamp", "did you mean started_at and finished_at?"),
        ("zzzzzzzz", "the fields are schema_version, kind, run_id"),
        ("input_context_sha256", "did you mean"),
    ],
)
def test_an_unknown_field_is_answered_with_a_suggestion(key: str, hint: str) -> None:
    with pytest.raises(RecordError) as caught:
        from_mapping({key: "x"})
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == snake_case(key)
    assert f"{key} is not a field; {hint}" in caught.value.message


def test_an_unknown_field_inside_a_field_is_named_with_its_place() -> None:
    with pytest.raises(RecordError) as caught:
        from_mapping({"Mutation": {"jobid": "x"}})
    assert caught.value.details["field"] == "mutation.jobid"
    assert "mutation.jobid is not a field; did you mean job_id?" in caught.value.message
    with pytest.raises(RecordError) as caught:
        from_mapping({"input_files": [{"path": "a"}, {"file": "b"}]})
    assert caught.value.details["field"] == "input_files.1.file"


def test_a_key_that_is_no_text_is_no_field() -> None:
    with pytest.raises(RecordError, match="1 is not a field"):
        from_mapping({1: "x"})  # type: ignore[dict-item]


def test_an_odd_key_is_cut_and_escaped_in_the_message() -> None:
    with pytest.raises(RecordError) as caught:
        from_mapping({"mutation": {"\x1b[2J" + "x" * 1_000_000: 1}})
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 700


@pytest.mark.parametrize(
    "draft",
    [
        {"run_id": "a", "RunID": RUN_ID},
        {"RunID": RUN_ID, "run_id": "a"},
        {"RunId": "", "RunID": RUN_ID},
    ],
)
def test_a_field_is_given_once(draft: dict[str, Any]) -> None:
    with pytest.raises(RecordError) as caught:
        from_mapping(draft)
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == "run_id"


def test_there_is_no_draft_of_another_kind() -> None:
    with pytest.raises(RecordError, match=r"did you mean run\?"):
        from_mapping({}, "runn")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("0", 0),
        ("-12", -12),
        ("9007199254740993", 9007199254740993),
        ("1.5", 1.5),
        ("-0.5e-3", -0.0005),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("nULL", "nULL"),
        ("0123456", "0123456"),
        ("+1", "+1"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("12:30:45", "12:30:45"),
        (".5", ".5"),
        ("5.", "5."),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("9" * 20, "9" * 20),
        ("1e9999", "1e9999"),
        ("٣", "٣"),
    ],
)
def test_r10_scalars_without_quotes_are_typed_as_in_json(text: str, value: object) -> None:
    resolved = resolve_plain(text)
    assert resolved == value
    assert type(resolved) is type(value)


def test_a_draft_finds_the_line_of_a_field_or_of_what_it_stands_in() -> None:
    draft = read_draft(
        b"agent_name: x\nmutation:\n  actor_kind: AI\ninput_files:\n- a\n- path: b\n"
    )
    assert draft.line_of("agent_name") == 1
    assert draft.line_of("mutation.actor_kind") == 3
    assert draft.line_of("mutation.job_id") == 2
    assert draft.line_of("input_files.0") == 5
    assert draft.line_of("input_files.0.sha256") == 5
    assert draft.line_of("input_files.1.path") == 6
    assert draft.line_of("run_id") == 1
    assert draft.line_of(None) == 1
    assert from_mapping({"agent_name": "x"}).line_of("agent_name") is None


def test_a_draft_puts_the_line_into_an_error() -> None:
    draft = Draft({}, {"agent_name": 7}, 3)
    error = RecordError(Code.SCHEMA, "agent_name is empty", field="agent_name")
    located = draft.located(error)
    assert located.details == {"field": "agent_name", "line": 7}
    assert located.message == "agent_name is empty (line 7)"
    assert draft.located(located) is located
    assert Draft({}).located(error) is error


def test_the_names_of_a_run_are_all_known() -> None:
    assert list(shape_of("run").names) == list(RunRecord.model_fields)
