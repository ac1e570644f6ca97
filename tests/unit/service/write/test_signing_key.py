"""Which key signs: the one that the settings name, else the only one that may and can."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from gitprov.errors import Code, GitprovError, RefusedError, SignatureError, UsageError
from gitprov.model.entry import CertificateFacts
from gitprov.model.mutation import ActorKind
from gitprov.model.policy import Policy
from gitprov.service.ledger.view import Authority, Certificate
from gitprov.service.write.signing_key import SigningKeys, choose_owner, choose_signer
from tests.support.authorities import ALICE, BOB, CAROL, NOW, SPARE, facts, key_facts, plain, rule
from tests.support.authorities import policy as make_policy

MACHINE = (ActorKind.AI, ActorKind.SYSTEM)
POLICY = make_policy(
    rule(ALICE, "Alice"),
    rule(BOB, "Bob"),
    rule(CAROL, "Agent", actor_kinds=MACHINE),
    owners={"Alice": (ALICE,), "Bob": (BOB,)},
)


def authority(policy: Policy = POLICY, **changed: CertificateFacts) -> Authority:
    """Every signer's certificate is good, but for those that are given by the key's name."""
    by_name = {"alice": ALICE, "bob": BOB, "carol": CAROL}
    known = {signer.key: plain(signer.key) for signer in policy.signers}
    known |= {by_name[name]: certificate for name, certificate in changed.items()}
    return Authority(policy, "", certificates(known), {})


def certificates(known: Mapping[str, CertificateFacts]) -> dict[str, Certificate]:
    return {key: Certificate(1, b"", found) for key, found in known.items()}


def keys(
    *at_hand: str,
    key: str | None = None,
    agent_key: str | None = None,
    resolve: Callable[[str], str] = str,
) -> SigningKeys:
    return SigningKeys(key, agent_key, lambda: at_hand, resolve)


def code_of(choose: Callable[[], object]) -> tuple[type[GitprovError], Code]:
    with pytest.raises(GitprovError) as caught:
        choose()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize("kind", ["AI", "SYSTEM"])
def test_agents_sign_with_the_agents_key(kind: str) -> None:
    both = keys(ALICE, CAROL, key=ALICE, agent_key=CAROL)
    assert choose_signer(both, authority(), kind, NOW).key == CAROL
    assert choose_signer(both, authority(), "HUMAN", NOW).key == ALICE


def test_the_only_key_that_may_is_taken_without_a_setting() -> None:
    assert choose_signer(keys(CAROL, ALICE), authority(), "AI", NOW).key == CAROL
    assert choose_signer(keys(SPARE, BOB), authority(), "HUMAN", NOW).key == BOB


def test_two_that_may_are_never_guessed_between() -> None:
    choose = lambda: choose_signer(keys(ALICE, BOB), authority(), "HUMAN", NOW)  # noqa: E731
    assert code_of(choose) == (UsageError, Code.ARGUMENT)


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        (keys(), "HUMAN", Code.UNKNOWN_KEY),
        (keys(SPARE), "HUMAN", Code.UNKNOWN_KEY),
        (keys(CAROL), "HUMAN", Code.UNKNOWN_KEY),
        (keys(SPARE, key=SPARE), "HUMAN", Code.UNKNOWN_KEY),
        (keys(ALICE, key=ALICE), "AI", Code.IDENTITY),
        (keys(ALICE, CAROL, key=CAROL), "HUMAN", Code.IDENTITY),
    ],
)
def test_what_the_policy_does_not_allow_is_refused(
    given: SigningKeys, kind: str, code: Code
) -> None:
    assert code_of(lambda: choose_signer(given, authority(), kind, NOW)) == (RefusedError, code)


def test_another_name_of_a_key_is_looked_up() -> None:
    subkey = keys(ALICE, key="0xSUBKEY", resolve={"0xSUBKEY": ALICE}.__getitem__)
    assert choose_signer(subkey, authority(), "HUMAN", NOW).key == ALICE


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (facts(key_facts(ALICE, expires=NOW - 1)), Code.KEY_EXPIRED),
        (facts(key_facts(ALICE, can_sign=False)), Code.KEY_EXPIRED),
        (facts(key_facts(ALICE, revoked=True)), Code.KEY_REVOKED),
    ],
)
def test_a_dead_key_is_said_before_anything_is_signed(
    certificate: CertificateFacts, code: Code
) -> None:
    mine = keys(ALICE, key=ALICE)
    choose = lambda: choose_signer(mine, authority(alice=certificate), "HUMAN", NOW)  # noqa: E731
    assert code_of(choose) == (SignatureError, code)


def test_a_living_subkey_signs_for_a_primary_key_that_cannot() -> None:
    primary = facts(key_facts(ALICE, can_sign=False), key_facts(SPARE))
    mine = keys(ALICE, key=ALICE)
    assert choose_signer(mine, authority(alice=primary), "HUMAN", NOW).key == ALICE


def test_a_key_that_the_policy_revoked_signs_nothing() -> None:
    signers = (rule(ALICE, "Alice", revoked_from=3), rule(BOB, "Bob"))
    revoked = make_policy(*signers, owners={"Bob": (BOB,)})
    mine = keys(ALICE, BOB, key=ALICE)
    choose = lambda: choose_signer(mine, authority(revoked), "HUMAN", NOW)  # noqa: E731
    assert code_of(choose) == (SignatureError, Code.KEY_REVOKED)
    assert choose_signer(keys(ALICE, BOB), authority(revoked), "HUMAN", NOW).key == BOB


def test_an_owner_signs_for_governance() -> None:
    assert choose_owner(keys(BOB, CAROL), authority(), NOW).key == BOB
    assert choose_owner(keys(ALICE, BOB, key=BOB), authority(), NOW).key == BOB


def test_the_agents_key_is_no_owners_though_it_is_configured() -> None:
    assert choose_owner(keys(ALICE, CAROL, key=CAROL), authority(), NOW).key == ALICE


def test_without_an_owners_key_the_owners_are_named() -> None:
    with pytest.raises(RefusedError) as caught:
        choose_owner(keys(CAROL), authority(), NOW)
    assert caught.value.code is Code.QUORUM
    assert "'Alice', 'Bob'" in caught.value.message


def test_two_owners_keys_are_never_guessed_between() -> None:
    choose = lambda: choose_owner(keys(ALICE, BOB), authority(), NOW)  # noqa: E731
    assert code_of(choose) == (UsageError, Code.ARGUMENT)


def test_the_one_that_is_alive_is_taken() -> None:
    expired = facts(key_facts(ALICE, expires=NOW - 1))
    assert choose_owner(keys(ALICE, BOB), authority(alice=expired), NOW).key == BOB


def test_an_expired_owner_may_sign_the_own_renewal_alone() -> None:
    expired = authority(alice=facts(key_facts(ALICE, expires=NOW - 1)))
    mine = keys(ALICE)
    assert code_of(lambda: choose_owner(mine, expired, NOW))[1] is Code.KEY_EXPIRED
    renewed = certificates({ALICE: plain(ALICE)})
    assert choose_owner(mine, expired, NOW, renewed).key == ALICE
    others = certificates({BOB: plain(BOB)})
    assert code_of(lambda: choose_owner(mine, expired, NOW, others))[1] is Code.KEY_EXPIRED
