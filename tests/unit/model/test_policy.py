"""The policy fails closed: each rule that needs no certificate (6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build, to_bytes
from gitprov.errors import Code, RecordError
from gitprov.model.policy import Policy
from tests.support.sample_records import (
    AGENT_KEY,
    DIGEST,
    GONE,
    OWNER_KEY,
    changed,
    policy,
    signer,
)
from tests.support.timing import takes_less_than

THIRD_KEY = "E29D33D402A8DAB2A7380BEF0F127B723F09998B"
REVOKED = {"from_height": 0, "reason": "lost"}


def assert_accepted(mapping: dict[str, Any]) -> Policy:
    document = build(mapping, "policy")
    assert isinstance(document, Policy)
    assert document.to_mapping() == mapping
    return document


def refused(mapping: dict[str, Any], field: str, reason: str = "") -> RecordError:
    with pytest.raises(RecordError) as caught:
        build(mapping, "policy")
    assert caught.value.code is Code.POLICY
    assert caught.value.details["field"] == field
    assert reason in caught.value.message
    return caught.value


def two_owners(threshold: int = 2) -> dict[str, Any]:
    mapping = policy()
    mapping["owners"] = {
        "threshold": threshold,
        "persons": [{"name": "Olga", "keys": [OWNER_KEY]}, {"name": "Bob", "keys": [THIRD_KEY]}],
    }
    mapping["signers"].append(signer(THIRD_KEY, ["HUMAN"], ["approval"]))
    return mapping


def test_policies() -> None:
    assert_accepted(policy())
    assert_accepted(two_owners())
    assert_accepted(two_owners(1))


@pytest.mark.parametrize("threshold", [0, -1, 1.5, 1.0, True, "2", None, 3])
def test_k07_the_threshold_is_a_number_from_one_to_the_persons(threshold: object) -> None:
    refused(changed(two_owners(), "owners.threshold", threshold), "owners.threshold")


def test_names_of_persons_are_unique() -> None:
    mapping = changed(two_owners(), "owners.persons.1.name", "Olga")
    refused(mapping, "owners.persons.1.name", "twice")


def test_a_key_has_one_owner() -> None:
    mapping = changed(two_owners(), "owners.persons.1.keys", [THIRD_KEY, OWNER_KEY])
    refused(mapping, "owners.persons.1.keys.1", "twice")
    mapping = changed(policy(), "owners.persons.0.keys", [OWNER_KEY, OWNER_KEY])
    refused(mapping, "owners.persons.0.keys.1", "twice")


def test_a_key_is_listed_once_among_the_signers() -> None:
    mapping = changed(policy(), "signers.1.key", OWNER_KEY)
    refused(mapping, "signers.1.key", "twice")


def test_names_of_signers_may_repeat() -> None:
    mapping = policy()
    assert mapping["signers"][0]["name"] == mapping["signers"][1]["name"]
    assert_accepted(mapping)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("signers.0.actor_kinds", ["AI", "SYSTEM"]),
        ("signers.0.actor_kinds", []),
        ("signers.0.kinds", ["run"]),
        ("signers.0.kinds", []),
        ("signers.0.key", THIRD_KEY),
    ],
)
def test_k16_an_owners_key_may_approve_as_a_human(place: str, value: object) -> None:
    refused(changed(policy(), place, value), "owners.persons.0.keys.0", "HUMAN and approval")


def test_enough_owners_have_a_key_that_is_not_revoked() -> None:
    refused(changed(policy(), "signers.0.revoked", REVOKED), "owners.threshold", "unrevoked")
    mapping = changed(two_owners(), "signers.2.revoked", REVOKED)
    refused(mapping, "owners.threshold", "only 1 persons")
    assert_accepted(changed(mapping, "owners.threshold", 1))


def test_a_person_with_two_keys_may_lose_one() -> None:
    mapping = changed(
        two_owners(1), "owners.persons", [{"name": "O", "keys": [OWNER_KEY, THIRD_KEY]}]
    )
    assert_accepted(changed(mapping, "signers.0.revoked", REVOKED))
    mapping = changed(mapping, "signers.2.revoked", REVOKED)
    refused(changed(mapping, "signers.0.revoked", REVOKED), "owners.threshold")


@pytest.mark.parametrize(
    ("version", "previous", "good"),
    [
        (1, GONE, True),
        (1, DIGEST, False),
        (2, DIGEST, True),
        (2, GONE, False),
        (9999, DIGEST, True),
    ],
)
def test_only_the_first_policy_follows_none(version: int, previous: object, *, good: bool) -> None:
    mapping = changed(policy(), "version", version)
    if previous is not GONE:
        mapping["previous"] = previous
    if good:
        assert build(mapping, "policy").to_mapping()["version"] == version
    else:
        refused(mapping, "previous")


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        ("version", 0, "version"),
        ("version", 10_000, "version"),
        ("version", True, "version"),
        ("kind", "run", "kind"),
        ("ledger_id", "x", "ledger_id"),
        ("bogus", 1, "bogus"),
        ("owners", GONE, "owners"),
        ("owners.bogus", 1, "owners.bogus"),
        ("owners.persons", [], "owners.persons"),
        ("owners.persons.0.keys", [], "owners.persons.0.keys"),
        ("owners.persons.0.keys.0", OWNER_KEY[-16:], "owners.persons.0.keys.0"),
        ("owners.persons.0.keys.0", OWNER_KEY.lower(), "owners.persons.0.keys.0"),
        ("owners.persons.0.name", " Olga", "owners.persons.0.name"),
        ("signers", [], "signers"),
        ("signers", GONE, "signers"),
        ("signers.0.name", "a<b", "signers.0.name"),
        ("signers.0.email", "a b@c", "signers.0.email"),
        ("signers.0.email", "<a@b>", "signers.0.email"),
        ("signers.0.key", "x", "signers.0.key"),
        ("signers.0.actor_kinds.0", "human", "signers.0.actor_kinds.0"),
        ("signers.1.actor_kinds", ["AI", "AI"], "signers.1.actor_kinds.1"),
        ("signers.0.agents", GONE, "signers.0.agents"),
        ("signers.0.agents.0", "", "signers.0.agents.0"),
        ("signers.0.agents", ["*", "*"], "signers.0.agents.1"),
        ("signers.0.kinds.0", "policy", "signers.0.kinds.0"),
        ("signers.0.kinds.0", "runs", "signers.0.kinds.0"),
        ("signers.0.kinds", ["approval", "approval"], "signers.0.kinds.1"),
        ("signers.1.revoked", {"from_height": -1, "reason": "x"}, "signers.1.revoked.from_height"),
        ("signers.1.revoked", {"from_height": 0}, "signers.1.revoked.reason"),
        ("rules", GONE, "rules"),
        ("rules", {}, "rules.max_record_bytes"),
        ("rules.max_record_bytes", 4095, "rules.max_record_bytes"),
        ("rules.max_record_bytes", 262_145, "rules.max_record_bytes"),
        ("rules.max_record_bytes", 5000.0, "rules.max_record_bytes"),
        ("retention", [{"minimum_days": 1}], "retention.0"),
        ("retention", [{"kind": "artifact"}], "retention.0.minimum_days"),
        ("retention", [{"kind": "run", "minimum_days": 1}], "retention.0.kind"),
        ("retention", [{"kind": "log", "minimum_days": -1}], "retention.0.minimum_days"),
        ("retention", [{"kind": "log", "minimum_days": 1_000_001}], "retention.0.minimum_days"),
        (
            "retention",
            [{"kind": "log", "minimum_days": 2, "maximum_days": 1}],
            "retention.0.maximum_days",
        ),
        ("schema_version", "v1", "schema_version"),
        ("schema_version", GONE, "schema_version"),
    ],
)
def test_what_no_policy_may_hold(place: str, value: object, field: str) -> None:
    refused(changed(policy(), place, value), field)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("rules.max_record_bytes", 4096),
        ("rules.max_record_bytes", 262_144),
        ("signers.1.actor_kinds", []),
        ("signers.1.agents", []),
        ("signers.1.kinds", []),
        ("signers.1.revoked", REVOKED),
        ("retention", []),
        ("retention", [{"kind": "artifact", "minimum_days": 0}]),
        (
            "retention",
            [{"label_key": "k", "label_value": "v", "minimum_days": 1, "maximum_days": 1}],
        ),
        ("retention", [{"label_value": "", "minimum_days": 1}]),
        ("retention", [{"media_type": "text/plain", "minimum_days": 1_000_000}]),
    ],
)
def test_what_is_just_allowed(place: str, value: object) -> None:
    assert_accepted(changed(policy(), place, value))


def test_a_newer_policy_is_not_judged() -> None:
    with pytest.raises(RecordError) as caught:
        build(changed(policy(), "schema_version", "v1.1"), "policy")
    assert caught.value.code is Code.NEWER_SCHEMA


def many(count: int) -> dict[str, Any]:
    mapping = policy()
    mapping["signers"] = [
        {**signer(f"{n:040X}", ["AI"], []), "agents": [], "name": "a", "email": "a"}
        for n in range(count - 1)
    ] + [mapping["signers"][0]]
    return mapping


def test_k21_a_thousand_signers_and_no_more() -> None:
    assert len(assert_accepted(many(1000)).signers) == 1000
    refused(many(1001), "signers", "at most 1000")


def test_a_thousand_signers_fit_in_a_file() -> None:
    assert len(to_bytes(assert_accepted(many(1000)))) <= 262_144


def test_a_rule_is_found_by_fingerprint() -> None:
    document = assert_accepted(policy())
    rule = document.signer(AGENT_KEY)
    assert rule is not None
    assert rule.key == AGENT_KEY
    assert not rule.can_approve
    assert document.signer(THIRD_KEY) is None


def test_a_policy_stuffed_with_globs_is_judged_at_once() -> None:
    globs = [f"{n:x}" for n in range(20_000)]
    good = changed(policy(), "signers.1.agents", globs)
    refused(changed(policy(), "signers.1.agents", [*globs, "0"]), "signers.1.agents.20000")
    assert takes_less_than(0.5, lambda: assert_accepted(good))
