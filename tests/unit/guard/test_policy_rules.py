"""V12: whether a policy, with its certificates, can govern."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.guard.policy_rules import (
    check_certificate,
    check_policy,
    check_succession,
    is_usable_owner_key,
)
from gitprov.model.entry import CertificateFacts
from gitprov.model.mutation import ActorKind
from gitprov.model.policy import Policy
from tests.support.authorities import (
    ALICE,
    BOB,
    CAROL,
    LEDGER,
    NOW,
    SPARE,
    facts,
    key_facts,
    plain,
    policy,
    rule,
)

DIGEST = "sha256:" + "1" * 64
OTHER_LEDGER = LEDGER.replace("4d", "5d")


def test_an_owner_acts_with_a_living_key_that_may_approve() -> None:
    usable = policy(rule(ALICE, "Alice"), rule(BOB, "Bob", kinds=("run",)))
    certificates = {ALICE: plain(ALICE), BOB: plain(BOB)}
    assert is_usable_owner_key(usable, certificates, ALICE, NOW)
    assert not is_usable_owner_key(usable, certificates, BOB, NOW)
    assert not is_usable_owner_key(usable, certificates, CAROL, NOW)
    assert not is_usable_owner_key(usable, {}, ALICE, NOW)
    assert not is_usable_owner_key(usable, certificates, ALICE, NOW - 10_000)
    dead = {ALICE: facts(key_facts(ALICE, expires=NOW))}
    assert not is_usable_owner_key(usable, dead, ALICE, NOW)


def test_a_revoked_or_machine_key_is_no_owners() -> None:
    machine = rule(BOB, actor_kinds=(ActorKind.AI,))
    mixed = policy(rule(ALICE), machine, rule(CAROL, revoked_from=1))
    certificates = {key: plain(key) for key in (ALICE, BOB, CAROL)}
    assert not is_usable_owner_key(mixed, certificates, BOB, NOW)
    assert not is_usable_owner_key(mixed, certificates, CAROL, NOW)


def test_a_policy_with_every_certificate_can_govern() -> None:
    two = policy(rule(ALICE), rule(BOB))
    assert check_policy(two, {ALICE: plain(ALICE), BOB: plain(BOB)}, NOW) == []


def test_every_signer_needs_a_certificate_that_signs() -> None:
    two = policy(rule(ALICE), rule(BOB))
    found = check_policy(two, {ALICE: plain(ALICE)}, NOW)
    assert [f.code for f in found] == [Code.POLICY]
    assert BOB in found[0].message
    mute = facts(key_facts(BOB, can_sign=False))
    found = check_policy(two, {ALICE: plain(ALICE), BOB: mute}, NOW)
    assert [f.code for f in found] == [Code.POLICY]
    assert "cannot sign" in found[0].message


def test_enough_owners_must_be_able_to_act() -> None:
    owners = {"alice": (ALICE, SPARE), "bob": (BOB,)}
    both = policy(rule(ALICE), rule(SPARE), rule(BOB), owners=owners, threshold=2)
    certificates = {key: plain(key) for key in (ALICE, SPARE, BOB)}
    assert check_policy(both, certificates, NOW) == []
    dead = facts(key_facts(ALICE, expires=NOW))
    assert check_policy(both, {**certificates, ALICE: dead}, NOW) == []
    found = check_policy(both, {**certificates, BOB: facts(key_facts(BOB, expires=NOW))}, NOW)
    assert [f.message for f in found] == ["1 owners could act, the threshold is 2"]


FIRST = policy(rule(ALICE, "Alice"), rule(BOB, "Bob", revoked_from=7))
SECOND = policy(rule(ALICE, "Alice"), rule(BOB, "Bob", revoked_from=7), version=2, previous=DIGEST)


def test_the_next_policy_follows() -> None:
    assert check_succession(FIRST, DIGEST, SECOND, 2) == []
    lowered = replace_bob(6)
    assert check_succession(FIRST, DIGEST, lowered, 2) == []


def replace_bob(from_height: int | None) -> Policy:
    return policy(
        rule(ALICE, "Alice"),
        rule(BOB, "Bob", revoked_from=from_height),
        version=2,
        previous=DIGEST,
    )


def test_versions_and_digests_are_a_chain() -> None:
    third = SECOND.model_copy(update={"version": 3})
    again = SECOND.model_copy(update={"version": 1})
    for follower, number in ((third, 3), (again, 1), (SECOND, 3), (third, 2)):
        found = check_succession(FIRST, DIGEST, follower, number)
        assert [f.code for f in found] == [Code.POLICY_ROLLBACK]
        assert found[0].path == f"policy/{number:04d}.yaml"
    found = check_succession(FIRST, "sha256:" + "2" * 64, SECOND, 2)
    assert [f.code for f in found] == [Code.POLICY_ROLLBACK]


def test_a_policy_stays_on_its_ledger() -> None:
    other = SECOND.model_copy(update={"ledger_id": OTHER_LEDGER})
    assert [f.code for f in check_succession(FIRST, DIGEST, other, 2)] == [Code.REPLAY]


def test_a_key_stays_listed_and_its_revocation_stays_as_strong() -> None:
    without = policy(rule(ALICE, "Alice"), version=2, previous=DIGEST)
    raised, lifted = replace_bob(8), replace_bob(None)
    for weaker in (without, raised, lifted):
        found = check_succession(FIRST, DIGEST, weaker, 2)
        assert [f.code for f in found] == [Code.POLICY]
        assert BOB in found[0].message


GOOD = plain(ALICE)


@pytest.mark.parametrize(
    ("certificate", "number", "newest", "count"),
    [
        (GOOD, 1, None, 0),
        (GOOD, 2, (1, GOOD), 0),
        (GOOD, 2, None, 1),
        (GOOD, 3, (1, GOOD), 1),
        (GOOD, 1, (1, GOOD), 1),
        (replace(GOOD, certificates=2), 1, None, 1),
        (replace(GOOD, has_secret=True), 1, None, 1),
        (replace(GOOD, canonical=False), 1, None, 1),
        (plain(BOB), 1, None, 1),
        (GOOD, 2, (1, facts(key_facts(ALICE, revoked=True))), 1),
        (GOOD, 2, (1, facts(key_facts(ALICE), key_facts(SPARE, revoked=True))), 0),
        (replace(plain(BOB), certificates=2, has_secret=True, canonical=False), 9, None, 5),
    ],
)
def test_a_certificate_file_is_one_certificate_of_its_key(
    certificate: CertificateFacts,
    number: int,
    newest: tuple[int, CertificateFacts] | None,
    count: int,
) -> None:
    found = check_certificate("keys/x", ALICE, number, certificate, newest)
    assert [(f.code, f.path) for f in found] == [(Code.POLICY, "keys/x")] * count
