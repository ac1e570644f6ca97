"""V5, V6 and V11: who may sign, under which name, and for what."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from gitprov.guard.authority import (
    check_identity,
    check_key,
    check_permission,
    find_signer,
    owner_of,
)
from gitprov.model.entry import KeyFacts
from gitprov.model.mutation import ActorKind
from tests.support.authorities import ALICE, BOB, NOW, SPARE, facts, key_facts, policy, rule

RULE = rule(ALICE, "Alice", actor_kinds=(ActorKind.AI,), agents=("4_*",), kinds=("run",))


def test_a_signer_is_found_by_the_whole_fingerprint() -> None:
    in_force = policy(rule(ALICE, "Alice"), rule(BOB, "Bob"))
    found = find_signer(in_force, BOB)
    assert found is not None
    assert found.name == "Bob"
    assert find_signer(in_force, SPARE) is None
    assert find_signer(in_force, BOB[-16:]) is None


def test_an_owner_is_found_by_any_of_the_keys() -> None:
    owners = {"alice": (ALICE, SPARE)}
    in_force = policy(rule(ALICE), rule(BOB), rule(SPARE), owners=owners)
    assert [owner_of(in_force, key) for key in (ALICE, SPARE, BOB)] == ["alice", "alice", None]


def codes(key: KeyFacts, primary: KeyFacts | None = None, *times: int) -> list[Code]:
    certificate = facts(primary or key, key)
    return [f.code for f in check_key(RULE, certificate, key, times or (NOW,))]


def test_a_good_key_has_no_findings() -> None:
    assert codes(key_facts(ALICE)) == []
    assert codes(key_facts(SPARE), key_facts(ALICE)) == []


def test_a_key_that_cannot_sign_is_not_known_as_a_signer() -> None:
    assert codes(key_facts(ALICE, can_sign=False)) == [Code.UNKNOWN_KEY]


@pytest.mark.parametrize(
    ("created", "expires", "alive"),
    [
        (NOW, None, True),
        (NOW + 1, None, False),
        (0, NOW, False),
        (0, NOW + 1, True),
    ],
)
def test_a_key_lives_from_its_making_to_its_expiry(
    created: int, expires: int | None, *, alive: bool
) -> None:
    dated = key_facts(ALICE, created=created, expires=expires)
    expected = [] if alive else [Code.KEY_EXPIRED]
    assert codes(dated) == expected
    assert codes(key_facts(SPARE), dated) == expected


def test_every_moment_counts() -> None:
    key = key_facts(ALICE, expires=NOW + 10)
    assert codes(key, None, NOW, NOW + 9) == []
    assert codes(key, None, NOW, NOW + 10) == [Code.KEY_EXPIRED]


def test_a_revocation_counts_wherever_it_stands() -> None:
    assert codes(key_facts(ALICE, revoked=True)) == [Code.KEY_REVOKED]
    assert codes(key_facts(SPARE, revoked=True), key_facts(ALICE)) == [Code.KEY_REVOKED]
    assert codes(key_facts(SPARE), key_facts(ALICE, revoked=True)) == [Code.KEY_REVOKED]
    revoked = rule(ALICE, revoked_from=7)
    key = key_facts(ALICE, revoked=True)
    found = check_key(revoked, facts(key), key, (NOW,))
    assert [f.code for f in found] == [Code.KEY_REVOKED]
    assert "policy" in found[0].message


def test_name_and_email_are_those_of_the_policy() -> None:
    assert check_identity(RULE, "Alice", "alice@example.org") == []
    for name, email in (("alice", "alice@example.org"), ("Alice", "a@example.org"), ("", "")):
        assert [f.code for f in check_identity(RULE, name, email)] == [Code.IDENTITY]


@pytest.mark.parametrize(
    ("kind", "actor_kind", "agent", "count"),
    [
        ("run", "AI", "4_X", 0),
        ("run", "AI", None, 0),
        ("state", "AI", "4_X", 1),
        ("run", "HUMAN", "4_X", 1),
        ("run", "AI", "5_X", 1),
        ("state", "HUMAN", "5_X", 3),
        ("state", "HUMAN", None, 2),
    ],
)
def test_everything_must_be_allowed(
    kind: str, actor_kind: str, agent: str | None, count: int
) -> None:
    found = check_permission(RULE, kind, actor_kind, agent, "runs/x.yaml")
    assert [(f.code, f.path) for f in found] == [(Code.IDENTITY, "runs/x.yaml")] * count
