"""Keys that cannot sign, end soon or stand alone are told, each with its remedy."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.records import build
from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.model.policy import Policy, SignerRule
from gitprov.service.diagnose.keys import SOON, choose_all, diagnose_keys
from gitprov.service.ledger.view import Authority, Certificate
from gitprov.service.write.signing_key import SigningKeys
from tests.support import sample_records as samples

NOW = 1_795_000_000
OWNER, AGENT = samples.OWNER_KEY, samples.AGENT_KEY


@dataclass(frozen=True)
class Held:
    """A key in gpg."""

    fingerprint: str
    can_sign: bool = True
    expired: bool = False
    revoked: bool = False
    subkeys: tuple[str, ...] = ()

    @property
    def signing(self) -> tuple[str, ...]:
        """It signs with its subkeys, or by itself."""
        return self.subkeys or (self.fingerprint,)


def facts(fingerprint: str, expires: int | None = None) -> CertificateFacts:
    key = KeyFacts(fingerprint, fingerprint[-16:], 1, expires, can_sign=True, revoked=False)
    return CertificateFacts((key,), has_secret=False, certificates=1, canonical=True, user_ids=())


def authority(
    ends: dict[str, int] | None = None, *, shared: bool = False, threshold: int = 1
) -> Authority:
    mapping = samples.policy()
    if shared:
        mapping["signers"][0]["actor_kinds"] = ["HUMAN", "AI", "SYSTEM"]
        mapping["signers"] = mapping["signers"][:1]
    if threshold > 1:
        other = samples.signer("C3" * 20, ["HUMAN"], ["run", "approval"])
        mapping["signers"].append(other)
        mapping["owners"]["persons"].append({"name": "Otto", "keys": ["C3" * 20]})
        mapping["owners"]["threshold"] = threshold
    policy = build(mapping, "policy")
    assert isinstance(policy, Policy)
    certificates = {
        signer.key: Certificate(1, b"", facts(signer.key, (ends or {}).get(signer.key)))
        for signer in policy.signers
    }
    return Authority(policy, "sha256:x", certificates, {})


def judged(rules: Authority, held: list[Held], keys: SigningKeys | None = None) -> list[Diagnosis]:
    chosen_keys = keys or SigningKeys(None, None, lambda: [key.fingerprint for key in held])
    chosen = choose_all(chosen_keys, rules, NOW)
    return diagnose_keys(chosen, chosen_keys, rules, held, NOW)


def of(found: list[Diagnosis], health: Health) -> list[str]:
    return [each.message for each in found if each.health is health]


def test_two_keys_at_hand_are_good_but_for_the_only_owner() -> None:
    found = judged(authority(), [Held(OWNER), Held(AGENT)])
    assert len(of(found, Health.GOOD)) == 2
    assert all("never expires" in text for text in of(found, Health.GOOD))
    (warning,) = of(found, Health.WARNING)
    assert warning.startswith("there is one owner with one key")
    assert of(found, Health.PROBLEM) == []


def test_a_machine_without_a_key_for_people_is_worth_a_note_only() -> None:
    found = judged(authority(), [Held(AGENT)])
    (note,) = of(found, Health.NOTE)
    assert note.startswith("nothing can be recorded for people")
    assert of(found, Health.PROBLEM) == []


def test_a_configured_key_that_is_no_use_is_a_problem() -> None:
    keys = SigningKeys("D4" * 20, None, list)
    found = judged(authority(), [Held(AGENT)], keys)
    assert any("does not list the key" in text for text in of(found, Health.PROBLEM))


def test_agents_that_nobody_set_up_are_worth_a_note_only() -> None:
    keys = SigningKeys(OWNER, None, list)
    found = judged(authority(), [Held(OWNER)], keys)
    assert [text.split(":")[0] for text in of(found, Health.NOTE)] == [
        "nothing can be recorded for agents",
        "nothing can be recorded for systems",
    ]
    assert of(found, Health.PROBLEM) == []


def test_no_key_at_all_is_a_problem() -> None:
    assert len(of(judged(authority(), []), Health.PROBLEM)) == 3


def test_a_chosen_key_that_gpg_lacks_is_a_problem() -> None:
    found = judged(authority(), [], SigningKeys(OWNER, AGENT, list))
    assert [t for t in of(found, Health.PROBLEM) if "no secret part" in t] != []


def test_a_key_that_gpg_will_not_use_is_a_problem_with_the_fitting_remedy() -> None:
    keys = SigningKeys(OWNER, AGENT, list)
    held = [Held(OWNER, expired=True), Held(AGENT, revoked=True)]
    problems = [d for d in judged(authority(), held, keys) if d.health is Health.PROBLEM]
    assert ["has expired" in problems[0].message, "is revoked" in problems[1].message] == [True] * 2
    assert "--quick-set-expire" in (problems[0].remedy or "")
    assert "key add" in (problems[1].remedy or "")
    (unable,) = of(
        judged(authority(), [Held(OWNER, can_sign=False), Held(AGENT)], keys), Health.PROBLEM
    )
    assert "cannot sign" in unable


def test_a_key_that_ends_soon_is_worth_a_warning() -> None:
    held = [Held(OWNER), Held(AGENT)]
    soon = judged(authority({OWNER: NOW + SOON}), held)
    assert any("expires on the ledger at" in text for text in of(soon, Health.WARNING))
    later = judged(authority({OWNER: NOW + SOON + 1}), held)
    assert any("expires 20" in text for text in of(later, Health.GOOD))
    gone = judged(authority({AGENT: NOW - 1}), held, SigningKeys(OWNER, AGENT, list))
    assert any("has expired on the ledger" in text for text in of(gone, Health.PROBLEM))


def test_agents_with_an_owners_key_are_worth_a_warning() -> None:
    found = judged(authority(shared=True), [Held(OWNER)])
    (first, _) = of(found, Health.WARNING)
    assert first.startswith("agents sign with an owner's key")


def test_owners_that_can_act_are_counted() -> None:
    held = [Held(OWNER), Held(AGENT)]
    both = judged(authority(threshold=2), held)
    assert "2 owners can act, 2 must agree" in of(both, Health.GOOD)
    lacking = judged(authority({"C3" * 20: NOW - 1}, threshold=2), held)
    assert any("1 owners can act, 2 must" in text for text in of(lacking, Health.PROBLEM))


def test_every_actor_kind_gets_a_signer_or_a_reason() -> None:
    chosen = choose_all(SigningKeys(None, None, lambda: [AGENT]), authority(), NOW)
    reasons = {k: v for k, v in chosen.items() if isinstance(v, GitprovError)}
    assert set(reasons) == {"HUMAN"}
    assert isinstance(reasons["HUMAN"], RefusedError)
    assert reasons["HUMAN"].code is Code.UNKNOWN_KEY
    signers = [v for v in chosen.values() if isinstance(v, SignerRule)]
    assert {signer.key for signer in signers} == {AGENT}


def test_a_subkey_that_the_ledger_does_not_know_is_named_with_the_command() -> None:
    keys = SigningKeys(OWNER, AGENT, list)
    only_new = [Held(OWNER, subkeys=("E5" * 20,)), Held(AGENT)]
    (problem,) = [d for d in judged(authority(), only_new, keys) if d.health is Health.PROBLEM]
    assert problem.remedy == f"gpg --armor --export {OWNER} | gitprov key renew -"
    both = [Held(OWNER, subkeys=("E5" * 20, OWNER)), Held(AGENT)]
    (note,) = [d for d in judged(authority(), both, keys) if d.health is Health.NOTE]
    assert ("E5" * 20 in note.message, note.remedy) == (True, problem.remedy)
