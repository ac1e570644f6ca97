"""Proposals and their plans, approvals, enactments, tombstones: their shape (6.2)."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code, RecordError
from gitprov.model.action import Action
from gitprov.model.plan import PLANS
from tests.support.sample_records import (
    DIGEST,
    GONE,
    OTHER_ID,
    OWNER_KEY,
    RUN_ID,
    changed,
    sample,
)

KEY_PATH = f"keys/{OWNER_KEY}/0002.asc"
OTHER_DIGEST = f"sha256:{'70' * 32}"
EARLY, LATE = "2026-11-10T10:00:00.000Z", "2026-11-11T10:00:00.000Z"
GOOD_PLANS: list[tuple[str, dict[str, Any]]] = [
    ("policy-change", {"policy_version": 2, "policy_digest": DIGEST, "keys": {}}),
    (
        "policy-change",
        {"policy_version": 9999, "policy_digest": DIGEST, "keys": {KEY_PATH: DIGEST}},
    ),
    ("policy-change", {"keys": {KEY_PATH: DIGEST}}),
    ("expunge", {"artifacts": [DIGEST]}),
    ("expunge", {"artifacts": [DIGEST, OTHER_DIGEST]}),
    ("retention", {"artifacts": [DIGEST]}),
    ("withdraw-range", {"from_height": 0, "to_height": 0}),
    ("withdraw-range", {"from_height": 3, "to_height": 7}),
    ("legal-hold", {"scope": {"run_id": RUN_ID}, "release": False}),
    ("legal-hold", {"scope": {"label_key": "customer", "label_value": ""}, "release": True}),
    ("legal-hold", {"scope": {"from": EARLY, "to": EARLY}, "release": False}),
    ("legal-hold", {"scope": {"to": LATE}, "release": False}),
    ("migration", {"store": "postgresql", "from": "3", "to": "4", "scripts": [DIGEST]}),
    ("migration", {"store": "x", "from": "4", "to": "3", "scripts": [OTHER_DIGEST, DIGEST]}),
]
BAD_PLANS: list[tuple[str, object, str]] = [
    ("migration", {"store": "x", "from": "3", "to": "4", "scripts": []}, "plan.scripts"),
    ("migration", {"store": "x", "from": "3", "to": "4"}, "plan.scripts"),
    ("migration", {"store": "x", "from": "3", "to": "3", "scripts": [DIGEST]}, "plan.to"),
    ("migration", {"store": "", "from": "3", "to": "4", "scripts": [DIGEST]}, "plan.store"),
    ("migration", {"store": "x", "from": "3", "to": "4", "scripts": ["x"]}, "plan.scripts.0"),
    ("policy-change", {}, "plan.keys"),
    ("policy-change", {"keys": {}}, "plan.keys"),
    ("policy-change", {"policy_version": 2, "keys": {}}, "plan.policy_digest"),
    ("policy-change", {"policy_digest": DIGEST, "keys": {}}, "plan.policy_digest"),
    ("policy-change", {"policy_version": 2, "policy_digest": DIGEST}, "plan.keys"),
    (
        "policy-change",
        {"policy_version": 0, "policy_digest": DIGEST, "keys": {}},
        "plan.policy_version",
    ),
    (
        "policy-change",
        {"policy_version": 10000, "policy_digest": DIGEST, "keys": {}},
        "plan.policy_version",
    ),
    (
        "policy-change",
        {"policy_version": 2, "policy_digest": DIGEST[7:], "keys": {}},
        "plan.policy_digest",
    ),
    ("policy-change", {"keys": {KEY_PATH: DIGEST[7:]}}, f"plan.keys.{KEY_PATH}"),
    ("policy-change", {"keys": {"keys/x.asc": DIGEST}}, "plan.keys.keys/x.asc"),
    ("policy-change", {"keys": {"policy/0002.yaml": DIGEST}}, "plan.keys.policy/0002.yaml"),
    ("policy-change", {"keys": {KEY_PATH: DIGEST}, "bogus": 1}, "plan.bogus"),
    ("expunge", {"artifacts": []}, "plan.artifacts"),
    ("expunge", {"artifacts": [OTHER_DIGEST, DIGEST]}, "plan.artifacts.1"),
    ("expunge", {"artifacts": [DIGEST, DIGEST]}, "plan.artifacts.1"),
    ("retention", {"artifacts": [DIGEST[7:]]}, "plan.artifacts.0"),
    ("retention", {"artifacts": [DIGEST], "keys": {}}, "plan.keys"),
    ("withdraw-range", {"from_height": 2, "to_height": 1}, "plan.to_height"),
    ("withdraw-range", {"from_height": -1, "to_height": 1}, "plan.from_height"),
    ("withdraw-range", {"to_height": 1}, "plan.from_height"),
    ("legal-hold", {"scope": {}, "release": True}, "plan.scope"),
    ("legal-hold", {"scope": {"run_id": RUN_ID}}, "plan.release"),
    ("legal-hold", {"scope": {"run_id": RUN_ID}, "release": 1}, "plan.release"),
    ("legal-hold", {"scope": {"run_id": "x"}, "release": True}, "plan.scope.run_id"),
    ("legal-hold", {"scope": {"from": LATE, "to": EARLY}, "release": True}, "plan.scope.to"),
    ("legal-hold", {"scope": {"from_time": LATE}, "release": True}, "plan.scope.from_time"),
    ("legal-hold", {"scope": {"label_key": "k" * 129}, "release": True}, "plan.scope.label_key"),
    ("expunge", {"keys": {KEY_PATH: DIGEST}}, "plan"),
    ("policy-change", {"artifacts": [DIGEST]}, "plan"),
    ("withdraw-range", {"scope": {"run_id": RUN_ID}, "release": True}, "plan"),
    ("legal-hold", {"from_height": 0, "to_height": 0}, "plan"),
    ("expunge", "everything", "plan"),
    ("expunge", [DIGEST], "plan"),
    ("expunge", None, "plan"),
]


def proposal(action: str, plan: object) -> dict[str, Any]:
    return changed(changed(sample("proposal"), "action", action), "plan", plan)


def refused(mapping: dict[str, Any], kind: str, field: str) -> RecordError:
    with pytest.raises(RecordError) as caught:
        build(mapping, kind)
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == field
    return caught.value


@pytest.mark.parametrize(("action", "plan"), GOOD_PLANS)
def test_plans(action: str, plan: dict[str, Any]) -> None:
    mapping = proposal(action, plan)
    record = build(mapping, "proposal")
    assert record.to_mapping() == mapping
    assert list(record.to_mapping()["plan"]) == list(plan)


@pytest.mark.parametrize(("action", "plan", "field"), BAD_PLANS)
def test_plans_that_are_refused(action: str, plan: object, field: str) -> None:
    refused(proposal(action, plan), "proposal", field)


def test_every_action_has_a_plan_that_holds_and_one_that_does_not() -> None:
    actions = {action.value for action in Action}
    assert {action for action, _ in GOOD_PLANS} == actions
    assert {action for action, _, _ in BAD_PLANS} == actions
    assert set(PLANS) == set(Action)


def test_a_plan_may_be_given_as_a_model() -> None:
    record = build(proposal("expunge", {"artifacts": [DIGEST]}), "proposal")
    plan = PLANS[Action.EXPUNGE].model_validate({"artifacts": [DIGEST]})
    assert build(proposal("expunge", plan), "proposal") == record


def test_certificates_of_a_plan_are_sorted() -> None:
    first = f"keys/{'0' * 40}/0001.asc"
    record = build(
        proposal("policy-change", {"keys": {KEY_PATH: DIGEST, first: DIGEST}}), "proposal"
    )
    assert list(record.to_mapping()["plan"]["keys"]) == [first, KEY_PATH]


def test_an_unknown_action_is_answered_with_the_known_ones() -> None:
    error = refused(changed(sample("proposal"), "action", "policychange"), "proposal", "action")
    assert "did you mean policy-change?" in error.message
    assert "withdraw-range" in error.message


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("proposal", "base_policy", 0),
        ("proposal", "base_policy", 10_000),
        ("proposal", "base_policy", True),
        ("proposal", "plan_digest", DIGEST[7:]),
        ("proposal", "plan_digest", DIGEST.upper()),
        ("proposal", "reason", "x" * 1001),
        ("proposal", "expires_at", "tomorrow"),
        ("approval", "proposal_id", "x"),
        ("approval", "approver", OWNER_KEY.lower()),
        ("approval", "approver", OWNER_KEY[-16:]),
        ("approval", "decision", "approve"),
        ("approval", "comment", "x" * 1001),
        ("enactment", "plan_digest", ""),
        ("tombstone", "reason", GONE),
        ("tombstone", "artifacts", [DIGEST]),
    ],
)
def test_what_no_field_may_hold(kind: str, place: str, value: object) -> None:
    refused(changed(sample(kind), place, value), kind, place)


def test_an_approval_may_have_another_id_than_its_proposal() -> None:
    mapping = changed(sample("approval"), "proposal_id", OTHER_ID)
    assert build(mapping, "approval").to_mapping() == mapping


def test_the_shape_says_nothing_about_the_actor() -> None:
    """That governance needs a human is for the guard, which answers GPV-403-QUORUM."""
    for kind in ("proposal", "approval", "enactment", "tombstone"):
        mapping = changed(sample(kind), "mutation.actor_kind", "SYSTEM")
        assert build(mapping, kind).to_mapping() == mapping
