"""The JSON Schema (Draft 2020-12) of each kind, made from its model.

It says what JSON Schema can say. Normal forms, visible characters, sorting and the comparison of
fields stay with the models.
"""

from __future__ import annotations

from typing import Any

from gitprov.codec.versions import CURRENT
from gitprov.model.kinds import find_model
from gitprov.model.plan import PLANS
from gitprov.model.run import RunRecord
from gitprov.model.times import TIME_PATTERN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ARRAY_NAMES = {"minLength": "minItems", "maxLength": "maxItems"}
_DROPPED = frozenset({"title", "default", "description", "discriminator"})


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of a kind: patterns, enums, limits, and a sentence about each field.

    Raises:
        RecordError: GPV-422-SCHEMA, there is no such kind.
    """
    model = find_model(kind)
    raw = model.model_json_schema()
    definitions = raw.pop("$defs")
    return {
        "$schema": DIALECT,
        "$id": f"urn:gitprov:schema:{kind}:{CURRENT}",
        "title": f"gitprov {kind} {CURRENT}",
        "description": _first_sentence(raw),
        **_described(raw, model.__name__),
        "$defs": {
            name: {"description": _first_sentence(body), **_described(body, name)}
            for name, body in sorted(definitions.items())
        },
    }


def _described(body: dict[str, Any], model: str) -> dict[str, Any]:
    """Tidy up what pydantic wrote, describe the fields, add rules between them."""
    tidy = _tidied(body)
    for field, value in tidy.get("properties", {}).items():
        own = body["properties"][field].get("description")
        # The changes of an amendment are fields of a run.
        value["description"] = own or RunRecord.model_fields[field].description
    return {**tidy, **_RULES.get(model, {})}


def _tidied(body: dict[str, Any]) -> dict[str, Any]:
    """Drop titles and nulls: an absent value is an absent key."""
    if {"type": "null"} in body.get("anyOf", []):
        (body,) = [choice for choice in body["anyOf"] if choice != {"type": "null"}]
    tidy: dict[str, Any] = {}
    for key, item in body.items():
        if key == "properties":
            tidy[key] = {name: _tidied(value) for name, value in item.items()}
        elif key in {"oneOf", "anyOf"}:
            tidy[key] = [_tidied(choice) for choice in item]
        elif key not in _DROPPED:
            tidy[key] = _tidied(item) if isinstance(item, dict) else item
    if tidy.get("type") == "array":
        tidy = {_ARRAY_NAMES.get(key, key): item for key, item in tidy.items()}
    if tidy.get("pattern") == TIME_PATTERN:
        tidy["format"] = "date-time"
    return tidy


def _first_sentence(body: dict[str, Any]) -> str:
    return str(body["description"]).split("\n\n")[0].replace("\n", " ")


def _when(field: str, value: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {field: {"const": value}}}, "then": {"allOf": list(rules)}}


def _required(*fields: str) -> dict[str, Any]:
    return {"required": list(fields)}


def _absent(field: str) -> dict[str, Any]:
    return {"properties": {field: False}}


def _any_of(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": list(rules)}


def _filled(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"minItems": 1}}}


def _exit_code(rule: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"command": {"properties": {"exit_code": rule}}}}


_FAILED_EXIT = {
    "required": ["command"],
    "properties": {
        "command": {"required": ["exit_code"], "properties": {"exit_code": {"not": {"const": 0}}}}
    },
}
_ERROR_OR_NOTES = _any_of(_required("error"), _required("notes"))
_RULES: dict[str, dict[str, Any]] = {
    "Mutation": {"allOf": [_when("actor_kind", "AI", _required("job_id", "workflow_id"))]},
    "Usage": {"minProperties": 1},
    "RunChanges": {"minProperties": 1},
    "HoldScope": {"minProperties": 1},
    "RunRecord": {
        "allOf": [
            _when("run_status", "SUCCESS", _absent("error"), _exit_code({"const": 0})),
            _when(
                "run_status",
                "PARTIAL",
                _any_of(_filled("output_files"), _filled("artifacts")),
                _ERROR_OR_NOTES,
            ),
            _when(
                "run_status",
                "FAILED",
                _any_of(_required("error"), _required("notes"), _FAILED_EXIT),
            ),
            _when(
                "run_status",
                "SKIPPED",
                {"properties": {"output_files": {"maxItems": 0}}},
                _required("notes"),
            ),
        ]
    },
    "Amendment": {
        "allOf": [
            _when("action", "AMEND", _required("changes")),
            _when("action", "WITHDRAW", _absent("changes")),
        ]
    },
    "Proposal": {
        "allOf": [
            _when("action", action, {"properties": {"plan": {"$ref": f"#/$defs/{plan.__name__}"}}})
            for action, plan in PLANS.items()
        ]
    },
    "PolicyChange": {
        "dependentRequired": {
            "policy_version": ["policy_digest"],
            "policy_digest": ["policy_version"],
        },
        **_any_of(_required("policy_version"), {"properties": {"keys": {"minProperties": 1}}}),
    },
    "Policy": {
        "if": {"properties": {"version": {"const": 1}}},
        "then": _absent("previous"),
        "else": _required("previous"),
    },
    "RetentionRule": _any_of(*map(_required, ("kind", "label_key", "label_value", "media_type"))),
}
