"""Which listed key a person means, and which owner's key signs."""

from __future__ import annotations

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code, RefusedError, SignatureError, UsageError
from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.model.policy import Policy
from gitprov.service.govern.key_changes import find_listed
from gitprov.service.ledger.view import Authority, Certificate
from gitprov.service.write.signing_key import SigningKeys, choose_owner
from tests.support import sample_records as samples

NOW = 1_795_000_000
OWNER, AGENT, SPARE = samples.OWNER_KEY, samples.AGENT_KEY, "0123456789" * 4


def facts(fingerprint: str, expires: int | None) -> CertificateFacts:
    key = KeyFacts(fingerprint, fingerprint[-16:], 1, expires, can_sign=True, revoked=False)
    return CertificateFacts((key,), has_secret=False, certificates=1, canonical=True, user_ids=())


def authority(*, spare: bool = False, ended: bool = False) -> Authority:
    mapping = samples.policy()
    mapping["signers"][1]["name"] = "ci-runner"
    if spare:
        mapping["signers"].append(samples.signer(SPARE, ["HUMAN"], ["approval"]))
        mapping["owners"]["persons"][0]["keys"].append(SPARE)
    policy = build(mapping, "policy")
    assert isinstance(policy, Policy)
    expires = {OWNER: 5} if ended else {}
    certificates = {
        s.key: Certificate(1, b"", facts(s.key, expires.get(s.key))) for s in policy.signers
    }
    return Authority(policy, "sha256:x", certificates, {})


@pytest.mark.parametrize("wanted", [AGENT, AGENT.lower(), AGENT[-16:], "ci-runner"])
def test_a_key_is_found_by_its_digits_or_its_name(wanted: str) -> None:
    assert find_listed(authority().policy, wanted) == AGENT


def test_no_key_and_several_keys_are_refused() -> None:
    policy = authority(spare=True).policy
    for unknown in (AGENT[-15:], "Ci-Runner", "F" * 40, ""):
        with pytest.raises(RefusedError) as refused:
            find_listed(policy, unknown)
        assert refused.value.code is Code.UNKNOWN_KEY
    with pytest.raises(UsageError, match=f"{OWNER}, {SPARE}"):
        find_listed(policy, "Olga")


def test_the_configured_key_signs_if_it_is_an_owners() -> None:
    keys = SigningKeys(SPARE, None, list)
    assert choose_owner(keys, authority(spare=True), NOW).key == SPARE


def test_a_configured_key_of_a_writer_leaves_the_only_owners_key_at_hand() -> None:
    keys = SigningKeys(AGENT, None, lambda: [AGENT, OWNER])
    assert choose_owner(keys, authority(), NOW).key == OWNER


def test_several_owners_keys_are_a_choice_and_none_is_a_refusal() -> None:
    both = SigningKeys(None, None, lambda: [OWNER, SPARE])
    with pytest.raises(UsageError, match="GITPROV_KEY"):
        choose_owner(both, authority(spare=True), NOW)
    with pytest.raises(RefusedError, match="ask 'Olga'") as refused:
        choose_owner(SigningKeys(None, None, lambda: [AGENT]), authority(), NOW)
    assert refused.value.code is Code.QUORUM


def test_of_two_keys_the_one_that_has_not_expired_signs() -> None:
    both = SigningKeys(None, None, lambda: [OWNER, SPARE])
    assert choose_owner(both, authority(spare=True, ended=True), NOW).key == SPARE


@pytest.mark.parametrize("configured", [OWNER, None])
def test_an_expired_owners_key_says_what_to_do(configured: str | None) -> None:
    keys = SigningKeys(configured, None, lambda: [OWNER])
    with pytest.raises(SignatureError, match=r"\| gitprov key renew -") as refused:
        choose_owner(keys, authority(ended=True), NOW)
    assert refused.value.code is Code.KEY_EXPIRED
