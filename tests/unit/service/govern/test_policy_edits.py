"""The next policy follows the one in force and never takes back what that one said."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.canonical import MAX_BYTES
from gitprov.codec.chain import sha256_hex
from gitprov.codec.records import build, to_bytes
from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.guard.policy_rules import check_succession
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.policy import MAX_SIGNERS, Policy
from gitprov.service.govern.policy_edits import (
    NewSigner,
    require_unlisted,
    with_revocation,
    with_signer,
)
from tests.support import sample_records as samples

BOB = "B0" * 20


def policy(**changes: Any) -> Policy:
    built = build(samples.policy() | changes, "policy")
    assert isinstance(built, Policy)
    return built


def digest(document: Policy) -> str:
    return f"sha256:{sha256_hex(to_bytes(document))}"


def signer(**changes: Any) -> NewSigner:
    fields: dict[str, Any] = {"name": "Bob", "email": "bob@example.org", "key": BOB}
    rights = {"actor_kinds": ("HUMAN",), "agents": ("*",), "kinds": ("run", "approval")}
    return NewSigner(**fields | rights | changes)


def test_a_key_is_listed_behind_the_others() -> None:
    old = policy()
    new = with_signer(old, digest(old), signer())
    assert [rule.key for rule in new.signers] == [samples.OWNER_KEY, samples.AGENT_KEY, BOB]
    assert new.owners == old.owners
    assert check_succession(old, digest(old), new, 2) == []


def test_an_owner_gets_one_more_key_and_no_second_vote() -> None:
    old = policy()
    new = with_signer(old, digest(old), signer(name="Olga", is_owner=True))
    (person,) = new.owners.persons
    assert person.keys == (samples.OWNER_KEY, BOB)


def test_a_new_owner_is_one_more_person_and_the_threshold_stays() -> None:
    old = policy()
    new = with_signer(old, digest(old), signer(is_owner=True))
    assert [person.name for person in new.owners.persons] == ["Olga", "Bob"]
    assert new.owners.threshold == 1


def test_an_owner_whose_name_differs_by_case_alone_is_refused() -> None:
    old = policy()
    with pytest.raises(RefusedError, match="'Olga'") as refused:
        with_signer(old, digest(old), signer(name="OLGA", is_owner=True))
    assert refused.value.code is Code.POLICY


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("a\u202eb", "b@example.org"),
        ("\u200b", "b@example.org"),
        ("Bob <x>", "b@example.org"),
        ("Bob", "b c@example.org"),
        ("Bob\n", "b@example.org"),
        ("o\u0308", "b@example.org"),
        ("x" * 201, "b@example.org"),
    ],
)
def test_a_name_that_could_deceive_is_in_no_policy(name: str, email: str) -> None:
    old = policy()
    with pytest.raises(GitprovError) as refused:
        with_signer(old, digest(old), signer(name=name, email=email))
    assert refused.value.code is Code.POLICY


def test_a_listed_key_is_not_listed_again() -> None:
    old = policy()
    require_unlisted(old, BOB)
    with pytest.raises(RefusedError, match="key list") as refused:
        require_unlisted(old, samples.AGENT_KEY)
    assert refused.value.code is Code.DUPLICATE
    gone = with_revocation(old, digest(old), samples.AGENT_KEY, 3, "lost")
    with pytest.raises(RefusedError, match="another key"):
        require_unlisted(gone, samples.AGENT_KEY)


def test_the_thousandth_key_is_the_last_one() -> None:
    rules = samples.policy()["signers"]
    more = [samples.signer(f"{n:040X}", ["AI"], ["run"]) for n in range(MAX_SIGNERS - 3)]
    old = policy(signers=[*rules, *more])
    full = with_signer(old, digest(old), signer())
    assert len(full.signers) == MAX_SIGNERS
    with pytest.raises(RefusedError, match="1000 keys") as refused:
        with_signer(full, digest(full), signer(key="CC" * 20))
    assert refused.value.code is Code.LIMIT


def test_a_policy_that_no_file_can_hold_is_refused() -> None:
    name = "n" * 150
    more = [samples.signer(f"{n:040X}", ["AI"], ["run"]) | {"name": name} for n in range(790)]
    old = policy(signers=[*samples.policy()["signers"], *more])
    assert len(to_bytes(old)) <= MAX_BYTES

    def grow(before: Policy) -> None:
        for number in range(100):
            rule = signer(key=f"F{number:039X}", name=name, kinds=RECORD_KINDS)
            before = with_signer(before, digest(before), rule)

    with pytest.raises(RefusedError, match="too long") as refused:
        grow(old)
    assert refused.value.code is Code.LIMIT


def test_a_revocation_may_only_become_stronger() -> None:
    old = policy()
    new = with_revocation(old, digest(old), samples.AGENT_KEY, 7, "lost")
    assert check_succession(old, digest(old), new, 2) == []
    stronger = with_revocation(new, digest(new), samples.AGENT_KEY, 6, "stolen")
    assert check_succession(new, digest(new), stronger, 3) == []
    for height in (6, 8):
        with pytest.raises(RefusedError, match="from height 6 on") as refused:
            with_revocation(stronger, digest(stronger), samples.AGENT_KEY, height, "x")
        assert refused.value.code is Code.DUPLICATE


def test_a_revocation_that_leaves_nobody_to_decide_is_refused() -> None:
    old = policy()
    with pytest.raises(GitprovError, match="unrevoked") as refused:
        with_revocation(old, digest(old), samples.OWNER_KEY, 0, "lost")
    assert refused.value.code is Code.POLICY
    with pytest.raises(RefusedError, match="key list") as unknown:
        with_revocation(old, digest(old), BOB, 0, "lost")
    assert unknown.value.code is Code.UNKNOWN_KEY
