"""The run record: each rule of its table, at its limit and one step beyond."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code, RecordError
from tests.support.sample_records import GONE, OTHER_ID, RUN_ID, SHA256, changed, id_at, run, short

FULL: dict[str, Any] = run(
    parent_run_id=OTHER_ID,
    source={"system": "cursor", "session_id": "s", "turn_id": "t"},
    input_files=[{"path": "a", "sha256": SHA256, "size": 0, "git_oid": "1f" * 20}],
    output_files=[{"path": "b", "sha256": SHA256, "size": 1}],
    code_commits=[{"commit": "2e" * 20, "tree": "3e" * 20, "patch_id": "4e" * 20}],
    artifacts=[OTHER_ID],
    logs=[OTHER_ID],
    command={"argv": ["x", ""], "cwd": ".", "exit_code": 0},
    model={"provider": "p", "name": "m"},
    usage={"input_tokens": 0, "reasoning_tokens": 1},
    cost={"amount": "0.0123", "currency": "USD"},
    metrics={"a": 1, "b": 2.5},
    parameters={"k": "v"},
    environment={},
    labels={"no": "no"},
    notes="fine",
    extensions={"team": "x"},
)
MUST = [
    "schema_version",
    "kind",
    "run_id",
    "recorded_at",
    "mutation",
    "agent_name",
    "started_at",
    "finished_at",
    "status_before",
    "status_after",
    "run_status",
    "input_context",
    "mutation.actor_kind",
    "mutation.edit_event_id",
    "mutation.resource_id",
    "input_context.method",
    "input_context.digest",
    "input_context.head_commit",
    "input_context.dirty",
    "source.system",
    "source.session_id",
    "input_files.0.path",
    "input_files.0.sha256",
    "input_files.0.size",
    "code_commits.0.commit",
    "code_commits.0.tree",
    "command.argv",
    "model.name",
    "cost.amount",
    "cost.currency",
]
MAY = [
    "parent_run_id",
    "source",
    "source.turn_id",
    "input_files",
    "input_files.0.git_oid",
    "output_files",
    "code_commits",
    "code_commits.0.patch_id",
    "artifacts",
    "logs",
    "command",
    "command.cwd",
    "command.exit_code",
    "model",
    "model.provider",
    "usage",
    "usage.input_tokens",
    "cost",
    "metrics",
    "parameters",
    "environment",
    "labels",
    "notes",
    "extensions",
    "mutation.actor_id",
]


def assert_accepted(mapping: dict[str, Any], kind: str) -> None:
    assert build(mapping, kind).to_mapping() == mapping


def refused(mapping: dict[str, Any], field: str) -> RecordError:
    with pytest.raises(RecordError) as caught:
        build(mapping, "run")
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == field
    assert caught.value.message.startswith((field, "schema_version"))
    return caught.value


def test_a_run_with_every_field() -> None:
    assert build(FULL, "run").to_mapping() == FULL


@pytest.mark.parametrize("field", MUST)
def test_what_must_be_there(field: str) -> None:
    error = refused(changed(FULL, field, GONE), field)
    assert "is missing" in error.message


@pytest.mark.parametrize("field", MAY)
def test_what_may_be_absent(field: str) -> None:
    assert_accepted(changed(FULL, field, GONE), "run")


@pytest.mark.parametrize("field", [*MUST, *MAY])
def test_no_field_is_of_another_type(field: str) -> None:
    with pytest.raises(RecordError):
        build(changed(FULL, field, object()), "run")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "state"),
        ("run_id", "01a1c506-70fb-4e97-b00d-1c0ffee00123"),
        ("run_id", "ffffffff-ffff-7fff-bfff-ffffffffffff"),
        ("parent_run_id", RUN_ID),
        ("agent_name", ""),
        ("agent_name", "x" * 201),
        ("status_before", "a\nb"),
        ("run_status", "success"),
        ("run_status", "DONE"),
        ("input_context.method", "git_head"),
        ("input_context.digest", "0" * 63),
        ("input_context.digest", "A" * 64),
        ("input_context.head_commit", "unborn "),
        ("input_context.head_commit", "a" * 64),
        ("input_context.dirty", 0),
        ("input_files.0.path", "../a"),
        ("input_files.0.sha256", "d41d8cd98f00b204e9800998ecf8427e"),
        ("input_files.0.size", -1),
        ("input_files.0.size", 2**53),
        ("input_files.0.size", 1.0),
        ("input_files.0.size", True),
        ("input_files.0.git_oid", "1F" * 20),
        ("code_commits.0.commit", "0" * 40),
        ("code_commits.0.commit", "2e" * 32),
        ("artifacts.0", "x"),
        ("command.argv", []),
        ("command.argv.0", "x" * 1001),
        ("command.argv.0", "\x00"),
        ("command.cwd", "/usr"),
        ("command.exit_code", 2**53),
        ("usage.input_tokens", -1),
        ("usage", {}),
        ("cost.amount", "-1"),
        ("cost.amount", "01"),
        ("cost.amount", "1."),
        ("cost.amount", ".5"),
        ("cost.amount", "1e3"),
        ("cost.amount", "1.0\n"),
        ("cost.amount", "9" * 201),
        ("cost.currency", "usd"),
        ("cost.currency", "AB1"),
        ("cost.currency", "USDX"),
        ("metrics.a", float("nan")),
        ("metrics.a", float("inf")),
        ("metrics.a", 2**53),
        ("metrics.a", -0.0),
        ("metrics.a", True),
        ("metrics.a", "1"),
        ("parameters.k", 1),
        ("labels.no", "x" * 1001),
        ("labels.no", "\ud800"),
        ("notes", " \n"),
        ("notes", "x" * 10_001),
        ("extensions.team", {}),
        ("mutation.actor_kind", "ai"),
        ("mutation.actor_id", ""),
        ("mutation.job_id", "00000000-0000-0000-0000-000000000000"),
        ("mutation.job_id", "0B0A5CF6-2DF6-4B33-A6A2-8FD4E1B0A7F1"),
        ("mutation.workflow_id", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("mutation.edit_event_id", "0123456"),
        ("mutation.resource_id", f"run:{OTHER_ID}"),
        ("mutation.resource_id", f"state:{RUN_ID}"),
        ("mutation.resource_id", f"run:{RUN_ID} "),
    ],
    ids=short,
)
def test_what_no_field_may_hold(field: str, value: object) -> None:
    refused(
        changed({**FULL, "mutation": {**FULL["mutation"], "job_id": None}}, field, value), field
    )


def test_r13_an_endless_integer_is_refused_without_being_spelt_out() -> None:
    error = refused(changed(FULL, "input_files.0.size", 10**5000), "input_files.0.size")
    assert "is a huge number" in error.message
    refused(changed(FULL, "metrics.a", 10**5000), "metrics.a")


@pytest.mark.parametrize("key", ["", " a", "k" * 129, "a\nb", "\u200b"])
@pytest.mark.parametrize("field", ["labels", "parameters", "environment", "extensions", "metrics"])
def test_keys_of_free_maps_are_short_lines(field: str, key: str) -> None:
    refused(changed(FULL, field, {key: 1 if field == "metrics" else "v"}), field)


def test_a_key_of_a_map_is_text() -> None:
    refused(changed(FULL, "labels", {1: "x"}), "labels.1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input_files.0.size", 2**53 - 1),
        ("command.exit_code", -1),
        ("metrics", {"a": 2**53 - 1, "b": 1.7976931348623157e308, "c": 5e-324}),
        ("labels", {"k" * 128: "v" * 1000}),
        ("labels", {f"k{n}": "" for n in range(1000)}),
        ("notes", "x" * 10_000),
        ("agent_name", "é" * 200),
        ("input_context.head_commit", "unborn"),
        ("cost.amount", "0"),
        ("cost.amount", "9" * 200),
        ("command.argv", ["x" * 1000]),
        ("recorded_at", "2026-11-11T10:00:00.000Z"),
    ],
    ids=short,
)
def test_what_is_just_allowed(field: str, value: object) -> None:
    mapping = changed(FULL, field, value)
    if field == "command.exit_code":
        mapping = changed(mapping, "run_status", "FAILED")
    assert_accepted(mapping, "run")


def test_paths_are_sorted_by_their_bytes_and_unique() -> None:
    def files(*paths: str) -> list[dict[str, Any]]:
        return [{"path": path, "sha256": SHA256, "size": 1} for path in paths]

    assert_accepted(run(input_files=files("A", "a", "a/b", "b", "\uffee", "😀")), "run")
    refused(run(input_files=files("b", "a")), "input_files.1.path")
    refused(run(input_files=files("a", "a")), "input_files.1.path")
    refused(run(output_files=files("a", "c", "b")), "output_files.2.path")
    # In UTF-16 the emoji would come first; by bytes it comes last.
    refused(run(input_files=files("😀", "\uffee")), "input_files.1.path")


def test_commits_are_sorted_and_unique() -> None:
    def commits(*oids: str) -> list[dict[str, Any]]:
        return [{"commit": oid * 40, "tree": "a" * 40} for oid in oids]

    assert_accepted(run(code_commits=commits("1", "2")), "run")
    refused(run(code_commits=commits("2", "1")), "code_commits.1.commit")
    refused(run(code_commits=commits("1", "1")), "code_commits.1.commit")
    refused(run(code_commits=commits("0", "1")), "code_commits.0.commit")


@pytest.mark.parametrize(
    ("field", "value", "good"),
    [
        ("finished_at", "2026-11-10T10:30:00.000Z", True),
        ("finished_at", "2026-11-10T10:29:59.999Z", False),
        ("finished_at", "2026-11-10T10:44:56.123Z", True),
        ("finished_at", "2026-11-10T10:44:56.124Z", False),
    ],
)
def test_a_run_ends_after_it_began_and_before_it_is_recorded(
    field: str, value: str, *, good: bool
) -> None:
    mapping = run(**{field: value})
    if good:
        assert_accepted(mapping, "run")
    else:
        refused(mapping, field)


@pytest.mark.parametrize(
    ("time", "good"),
    [
        ("2026-11-09T10:30:00.000Z", True),  # started_at - 24 h
        ("2026-11-09T10:29:59.999Z", False),
        ("2026-11-10T10:44:56.123Z", True),  # recorded_at + 10 min
        ("2026-11-10T10:44:56.124Z", False),
    ],
)
def test_the_time_of_the_id_lies_near_the_run(time: str, *, good: bool) -> None:
    run_id = id_at(time)
    mapping = run(run_id=run_id)
    mapping["mutation"]["resource_id"] = f"run:{run_id}"
    if good:
        assert_accepted(mapping, "run")
    else:
        refused(mapping, "run_id")


def test_r24_the_actor_kind_is_one_of_three_words_exactly() -> None:
    for text in ("human", "ai", " AI", "AI\n", "AI ", "agent", "", "Al"):
        refused(changed(FULL, "mutation.actor_kind", text), "mutation.actor_kind")


def test_r25_an_ai_without_job_or_workflow_is_no_mutation() -> None:
    mapping = changed(FULL, "mutation.actor_kind", "AI")
    refused(mapping, "mutation.job_id")
    refused(changed(mapping, "mutation.job_id", RUN_ID), "mutation.workflow_id")
    both = changed(changed(mapping, "mutation.job_id", RUN_ID), "mutation.workflow_id", RUN_ID)
    assert_accepted(both, "run")


def test_r34_digests_are_sha256_in_lower_case() -> None:
    for digest in ("d41d8cd98f00b204e9800998ecf8427e", SHA256[:-1], SHA256 + "0", SHA256.upper()):
        refused(changed(FULL, "input_files.0.sha256", digest), "input_files.0.sha256")
