"""Old versions are read for ever, newer ones answer "upgrade", nonsense is refused."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from gitprov.codec import canonical
from gitprov.codec.records import build, parse_record, to_bytes
from gitprov.codec.versions import CURRENT, VERSIONS, SchemaVersion, Versions
from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.kinds import MODELS
from gitprov.model.ledger import LedgerDocument
from tests.support.sample_records import GONE, LEDGER_ID, changed, run, sample


class LedgerV08(Model):
    """An invented first version: no time at all."""

    schema_version: Literal["v0.8"]
    kind: Literal["ledger"]
    id: str


class LedgerV09(Model):
    """An invented second version: the time has another name."""

    schema_version: Literal["v0.9"]
    kind: Literal["ledger"]
    id: str
    made: str


def from_08(mapping: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": "v0.9",
        "kind": "ledger",
        "id": mapping["id"],
        "made": "1970-01-01T00:00:00.000Z",
    }


def from_09(mapping: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": "v1.0",
        "kind": "ledger",
        "ledger_id": mapping["id"],
        "created_at": mapping["made"],
    }


HISTORY: Versions = {
    **VERSIONS,
    ("ledger", "v0.8"): SchemaVersion(LedgerV08, from_08),
    ("ledger", "v0.9"): SchemaVersion(LedgerV09, from_09),
}
V09 = {
    "schema_version": "v0.9",
    "kind": "ledger",
    "id": LEDGER_ID,
    "made": "2026-11-10T10:33:20.000Z",
}
V08 = {"schema_version": "v0.8", "kind": "ledger", "id": LEDGER_ID}


def test_the_table_knows_the_current_version_of_every_kind() -> None:
    assert set(VERSIONS) == {(kind, CURRENT) for kind in MODELS}
    for (kind, _), version in VERSIONS.items():
        assert version.model is MODELS[kind]
        assert version.upgrade is None


def test_v21_an_old_version_is_judged_by_its_own_schema_and_lifted() -> None:
    data = canonical.emit(V09)
    document = parse_record(data, "ledger", versions=HISTORY)
    assert isinstance(document, LedgerDocument)
    assert document.created_at == V09["made"]
    assert document.schema_version == CURRENT
    # The stored bytes stay what they are; only the value in memory is lifted.
    assert to_bytes(document) != data


def test_versions_are_lifted_step_by_step() -> None:
    document = build(V08, "ledger", versions=HISTORY)
    assert isinstance(document, LedgerDocument)
    assert document.created_at == "1970-01-01T00:00:00.000Z"


def test_an_old_record_follows_the_rules_of_its_version() -> None:
    for broken in (changed(V09, "made", GONE), {**V09, "created_at": "x"}):
        with pytest.raises(RecordError) as caught:
            build(broken, "ledger", versions=HISTORY)
        assert caught.value.code is Code.SCHEMA


def test_the_keys_of_an_old_record_have_the_order_of_its_version() -> None:
    with pytest.raises(RecordError) as caught:
        parse_record(canonical.emit(dict(reversed(V09.items()))), "ledger", versions=HISTORY)
    assert caught.value.code is Code.RECORD_FORM


@pytest.mark.parametrize("version", ["v1.1", "v1.10", "v2.0", "v10.0", "v99999999999.0"])
@pytest.mark.parametrize("kind", list(MODELS))
def test_a_newer_version_answers_upgrade(kind: str, version: str) -> None:
    # Whatever else it holds: nobody can judge it.
    mapping = {**sample(kind), "schema_version": version, "new_field": 1}
    with pytest.raises(RecordError) as caught:
        build(mapping, kind)
    assert caught.value.code is Code.NEWER_SCHEMA
    assert caught.value.details["field"] == "schema_version"
    assert version in caught.value.message
    assert "upgrade" in caught.value.message


NONSENSE: tuple[object, ...] = (
    *("", "1.0", "v1", "v1.0 ", " v1.0", "v1.0\n", "V1.0", "v01.0", "v1.00", "v1.0.0", "v1.x"),
    *("v-1.0", "v0.9", "v0.0", "v1.٠", f"v{'9' * 5000}.0", 1, 1.0, None, True, ["v1.0"], GONE),
)


@pytest.mark.parametrize("version", NONSENSE, ids=lambda value: ascii(value)[:20])
def test_nonsense_is_no_version(version: object) -> None:
    with pytest.raises(RecordError) as caught:
        build(changed(run(), "schema_version", version), "run")
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == "schema_version"
    assert "v1.0" in caught.value.message
    assert len(caught.value.message) < 200


def test_a_missing_version_is_said_to_be_missing() -> None:
    with pytest.raises(RecordError, match=r"is missing; it must be v1\.0"):
        build({}, "run")


def test_the_current_version_of_every_kind_is_known() -> None:
    assert list(VERSIONS) == [(kind, CURRENT) for kind in MODELS]
    assert len(VERSIONS) == len(MODELS)
