"""Chooses the key that signs a record: by its actor kind, as the policy allows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from gitprov.errors import Code, RefusedError, SignatureError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.guard.policy_rules import is_usable_owner_key
from gitprov.model.policy import Policy, SignerRule
from gitprov.service.ledger.view import Authority, Certificate

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Which keys this machine signs with.

    Args:
        key: fingerprint for HUMAN records and governance (git config ``gitprov.key``).
        agent_key: fingerprint for AI and SYSTEM records (``gitprov.agentKey``).
        in_keyring: the primary fingerprints whose secret keys are at hand.
        resolve: returns the primary fingerprint that another name of a key means, such as that
            of a subkey; SignatureError or UsageError if it means none.
    """

    key: str | None
    agent_key: str | None
    in_keyring: Callable[[], Sequence[str]]
    resolve: Callable[[str], str] = str

    def configured(self, actor_kind: str) -> str | None:
        """Return the key that the settings name for an actor kind."""
        if actor_kind == "HUMAN":
            return self.key
        return self.agent_key or self.key

    def find(self, policy: Policy, named: str) -> SignerRule | None:
        """Return the signer that a setting names: by its fingerprint, or by what gpg knows of."""
        signer = find_signer(policy, named)
        if signer is None:
            with suppress(SignatureError, UsageError):
                signer = find_signer(policy, self.resolve(named))
        return signer


def choose_signer(keys: SigningKeys, authority: Authority, actor_kind: str, now: int) -> SignerRule:
    """Choose the signer for records of an actor kind.

    Args:
        keys: the keys at hand.
        authority: policy and certificates in force.
        actor_kind: HUMAN, AI or SYSTEM.
        now: Unix seconds.

    Raises:
        RefusedError: GPV-403-UNKNOWN-KEY or GPV-403-IDENTITY; an owner must change the policy.
        SignatureError: GPV-403-KEY-REVOKED, GPV-403-KEY-EXPIRED.
        UsageError: GPV-422-ARGUMENT; several keys would do, name one.
    """
    fingerprint = keys.configured(actor_kind)
    if fingerprint is not None:
        signer = _configured(keys, authority.policy, fingerprint, actor_kind)
    else:
        signer = _only_candidate(authority.policy, keys.in_keyring(), actor_kind)
    _require_alive(authority, signer, now)
    return signer


def choose_owner(
    keys: SigningKeys,
    authority: Authority,
    now: int,
    renewed: Mapping[str, Certificate] = MappingProxyType({}),
) -> SignerRule:
    """Choose the owner's key that signs a change of policy or keys.

    The key that the settings name for people goes first if an owner's; else there must be one
    owner's key in the keyring.

    Args:
        keys: the keys at hand.
        authority: policy and certificates in force.
        now: Unix seconds.
        renewed: certificates that the change brings; a key's own renewal may be signed by it.

    Raises:
        RefusedError: GPV-403-QUORUM; no owner's key is at hand.
        SignatureError: GPV-403-KEY-REVOKED, GPV-403-KEY-EXPIRED.
        UsageError: GPV-422-ARGUMENT; several keys would do, name one.
    """
    policy = authority.policy
    owned = {key: person.name for person in policy.owners.persons for key in person.keys}
    named = None if keys.key is None else keys.find(policy, keys.key)
    if named is not None and named.key in owned:
        signer = _configured(keys, policy, named.key, "HUMAN")
        _require_alive(authority, signer, now, renewed)
        return signer
    at_hand = [key for key in keys.in_keyring() if key in owned]
    if not at_hand:
        names = ", ".join(repr(person.name) for person in policy.owners.persons[:_MOST_NAMED])
        text = f"only an owner may change the policy, and no owner's key is at hand: ask {names}"
        raise RefusedError(Code.QUORUM, f"{text}, or import the key into gpg")
    usable = [
        key
        for key in at_hand
        for facts in (authority.facts, {k: c.facts for k, c in renewed.items()})
        if is_usable_owner_key(policy, facts, key, now)
    ]
    usable = list(dict.fromkeys(usable))
    if len(usable) > 1:
        listed = ", ".join(f"{key} ({owned[key]})" for key in usable)
        text = f"several owners' keys are at hand: {listed}; choose one: GITPROV_KEY=FINGERPRINT"
        raise UsageError(Code.ARGUMENT, text)
    signer = _configured(keys, policy, (usable or at_hand)[0], "HUMAN")
    _require_alive(authority, signer, now, renewed)
    return signer


def _configured(keys: SigningKeys, policy: Policy, fingerprint: str, actor_kind: str) -> SignerRule:
    signer = keys.find(policy, fingerprint)
    if signer is None:
        text = f"the policy does not list the key {fingerprint}; an owner must add it"
        export = f"gpg --armor --export {fingerprint} > FILE"
        raise RefusedError(
            Code.UNKNOWN_KEY, f"{text}: gitprov key add FILE --name NAME (you: {export})"
        )
    if actor_kind not in signer.actor_kinds:
        text = f"the policy lets {signer.name!r} record for {', '.join(signer.actor_kinds)}"
        raise RefusedError(Code.IDENTITY, f"{text}, not for {actor_kind}")
    return signer


def _only_candidate(policy: Policy, at_hand: Sequence[str], actor_kind: str) -> SignerRule:
    candidates = [
        signer
        for signer in policy.signers
        if signer.key in at_hand and signer.revoked is None and actor_kind in signer.actor_kinds
    ]
    if len(candidates) == 1:
        return candidates[0]
    name = "gitprov.key" if actor_kind == "HUMAN" else "gitprov.agentKey"
    if candidates:
        listed = ", ".join(f"{signer.key} ({signer.name})" for signer in candidates)
        text = f"several keys could sign: {listed}; choose one: git config {name} FINGERPRINT"
        raise UsageError(Code.ARGUMENT, text)
    text = f"no secret key here may record for {actor_kind} by the policy in force"
    command = "gitprov key add FILE --name NAME"
    remedy = f"import one and set git config {name}, or let an owner run: {command}"
    raise RefusedError(Code.UNKNOWN_KEY, f"{text}; {remedy}")


def _require_alive(
    authority: Authority,
    signer: SignerRule,
    now: int,
    renewed: Mapping[str, Certificate] = MappingProxyType({}),
) -> None:
    certificate = authority.certificates.get(signer.key)
    who = f"the key {signer.key} of {signer.name!r}"
    if signer.revoked is not None:
        raise SignatureError(Code.KEY_REVOKED, f"{who} is revoked by the policy in force")
    if certificate is None or any(key.revoked for key in certificate.facts.keys[:1]):
        raise SignatureError(Code.KEY_REVOKED, f"{who} is revoked by its certificate")
    brought = renewed.get(signer.key)
    if brought is not None and brought.facts.signing_keys(now):
        return
    if not certificate.facts.signing_keys(now):
        export = f"gpg --armor --export {signer.key} | gitprov key renew -"
        text = f"{who} has expired on the ledger; extend it in gpg, then bring it: {export}"
        raise SignatureError(Code.KEY_EXPIRED, text)
