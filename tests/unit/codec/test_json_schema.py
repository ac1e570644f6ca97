"""The JSON Schemas say what the models say, as far as JSON Schema can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gitprov.codec.json_schema import DIALECT, json_schema
from gitprov.codec.records import build
from gitprov.errors import Code, RecordError
from gitprov.model.kinds import MODELS
from tests.support.json_schema import schema_problems
from tests.support.sample_records import (
    AGENT_KEY,
    DIGEST,
    GONE,
    OTHER_ID,
    RUN_ID,
    SHA256,
    changed,
    run,
    sample,
)

KINDS = list(MODELS)
FILE = {"path": "out", "sha256": SHA256, "size": 1}


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object with properties, at any depth."""
    if isinstance(node, dict):
        if "type" in node and "properties" in node:
            yield node
        for value in node.values():
            yield from objects(value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_names_its_dialect_and_itself(kind: str) -> None:
    schema = json_schema(kind)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:gitprov:schema:{kind}:v1.0"
    assert schema["properties"]["kind"]["const"] == kind
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_and_nothing_else_is_allowed(kind: str) -> None:
    for schema in objects(json_schema(kind)):
        assert schema["additionalProperties"] is False
        for name, field in schema["properties"].items():
            assert field["description"], name


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_no_null_and_no_title_of_a_field(kind: str) -> None:
    text = json.dumps(json_schema(kind))
    assert '"null"' not in text
    assert text.count('"title"') == 1
    assert '"default"' not in text


@pytest.mark.parametrize("kind", KINDS)
def test_fields_stand_in_the_order_of_the_model(kind: str) -> None:
    assert list(json_schema(kind)["properties"]) == list(MODELS[kind].model_fields)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_document_fits(kind: str) -> None:
    assert schema_problems(sample(kind), json_schema(kind)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str) -> None:
    schema = json_schema(kind)
    for body in (schema, *schema["$defs"].values()):
        assert all(value["description"] for value in body.get("properties", {}).values())


def test_there_is_no_schema_of_another_kind() -> None:
    with pytest.raises(RecordError) as caught:
        json_schema("runs")
    assert caught.value.code is Code.SCHEMA
    assert "did you mean run?" in caught.value.message


POLICY_CHANGE = {"policy_version": 2, "policy_digest": DIGEST, "keys": {}}
BAD: list[tuple[str, str, object]] = [
    *((kind, "bogus", 1) for kind in KINDS),
    *((kind, "schema_version", "v1.1") for kind in KINDS),
    *((kind, "kind", "x") for kind in KINDS),
    ("run", "agent_name", GONE),
    ("run", "agent_name", ""),
    ("run", "agent_name", "x" * 201),
    ("run", "run_id", "1"),
    ("run", "run_id", f"{RUN_ID}\n"),
    ("run", "started_at", "2026-02-30T00:00:00.000Z"),
    ("run", "run_status", "DONE"),
    ("run", "input_files", [{**FILE, "size": 1.5}]),
    ("run", "input_files", [{**FILE, "size": -1}]),
    ("run", "input_context.digest", "x"),
    ("run", "labels", {"a": 1}),
    ("run", "labels", {"k" * 129: "v"}),
    ("run", "metrics", {"a": "1"}),
    ("run", "cost", {"amount": "1e3", "currency": "USD"}),
    ("run", "cost", {"amount": "1", "currency": "xyz"}),
    ("run", "usage", {}),
    ("run", "command", {"argv": []}),
    ("run", "notes", "x" * 10_001),
    ("run", "mutation.actor_kind", "AI"),
    ("run", "mutation.resource_id", "x"),
    ("run", "error", {"message": "x"}),
    ("run", "command", {"argv": ["x"], "exit_code": 1}),
    ("run", "run_status", "PARTIAL"),
    ("run", "run_status", "FAILED"),
    ("run", "run_status", "SKIPPED"),
    ("amendment", "changes", GONE),
    ("amendment", "changes", {}),
    ("amendment", "changes", {"run_id": RUN_ID}),
    ("amendment", "action", "WITHDRAW"),
    ("proposal", "action", "expunge"),
    ("proposal", "plan", {}),
    ("proposal", "plan", {"keys": {}}),
    ("proposal", "plan", {"policy_version": 2, "keys": {}}),
    ("proposal", "plan", {"artifacts": [DIGEST]}),
    ("approval", "approver", "x"),
    ("policy", "version", 2),
    ("policy", "previous", DIGEST),
    ("policy", "owners.threshold", 0),
    ("policy", "owners.persons", []),
    ("policy", "signers", []),
    ("policy", "signers.0.actor_kinds", ["human"]),
    ("policy", "signers.0.email", "a b"),
    ("policy", "signers.0.name", "a<b"),
    ("policy", "signers.0.kinds", ["policy"]),
    ("policy", "retention", [{"minimum_days": 1}]),
    ("policy", "rules.max_record_bytes", 1),
]


@pytest.mark.parametrize(("kind", "place", "value"), BAD)
def test_what_the_schema_refuses_the_model_refuses(kind: str, place: str, value: object) -> None:
    mapping = changed(sample(kind), place, value)
    assert schema_problems(mapping, json_schema(kind)) != []
    with pytest.raises(RecordError):
        build(mapping, kind)


GOOD_RUNS: list[dict[str, Any]] = [
    {"run_status": "PARTIAL", "output_files": [FILE], "notes": "x"},
    {"run_status": "PARTIAL", "artifacts": [OTHER_ID], "error": {"message": "x"}},
    {"run_status": "FAILED", "notes": "x"},
    {"run_status": "FAILED", "command": {"argv": ["x"], "exit_code": 1}},
    {"run_status": "SKIPPED", "notes": "x", "status_after": "IN_PROGRESS", "output_files": []},
    {"command": {"argv": ["x"], "exit_code": 0}},
    {"command": {"argv": ["x"]}},
]


@pytest.mark.parametrize("fields", GOOD_RUNS)
def test_what_the_model_accepts_fits_the_schema(fields: dict[str, Any]) -> None:
    mapping = run(**fields)
    assert build(mapping, "run").to_mapping() == mapping
    assert schema_problems(mapping, json_schema("run")) == []


@pytest.mark.parametrize(
    ("action", "plan"),
    [
        ("policy-change", POLICY_CHANGE),
        ("policy-change", {"keys": {f"keys/{AGENT_KEY}/0002.asc": DIGEST}}),
        ("expunge", {"artifacts": [DIGEST]}),
        ("retention", {"artifacts": [DIGEST]}),
        ("withdraw-range", {"from_height": 0, "to_height": 1}),
        ("legal-hold", {"scope": {"label_key": "x"}, "release": True}),
    ],
)
def test_the_plan_of_each_action_fits(action: str, plan: dict[str, Any]) -> None:
    mapping = changed(changed(sample("proposal"), "action", action), "plan", plan)
    assert schema_problems(mapping, json_schema("proposal")) == []
