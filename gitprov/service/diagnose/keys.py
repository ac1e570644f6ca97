"""Whether this machine can sign, and the owners can still act; pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from gitprov.errors import GitprovError
from gitprov.guard.authority import owner_of
from gitprov.guard.policy_rules import is_usable_owner_key
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.entry import CertificateFacts
from gitprov.model.policy import Policy, SignerRule
from gitprov.model.times import format_time
from gitprov.service.ledger.view import Authority
from gitprov.service.write.signing_key import SigningKeys, choose_signer

SECTION = "keys"
SOON = 30 * 24 * 3600
"""Seconds before its end at which an expiry is worth a warning."""

_ACTORS: Mapping[str, str] = {"HUMAN": "people", "AI": "agents", "SYSTEM": "systems"}


class HeldKey(Protocol):
    """A key whose secret part gpg has."""

    @property
    def fingerprint(self) -> str:
        """The primary key's fingerprint."""
        ...

    @property
    def can_sign(self) -> bool:
        """Whether some key of it can sign now."""
        ...

    @property
    def signing(self) -> Sequence[str]:
        """Fingerprints of its keys and subkeys that are here and can sign now."""
        ...

    @property
    def expired(self) -> bool:
        """Whether the primary key has expired."""
        ...

    @property
    def revoked(self) -> bool:
        """Whether the primary key is revoked."""
        ...


def choose_all(
    keys: SigningKeys, authority: Authority, now: int
) -> dict[str, SignerRule | GitprovError]:
    """Choose the signer of each actor kind, or say why there is none."""
    chosen: dict[str, SignerRule | GitprovError] = {}
    for actor_kind in _ACTORS:
        try:
            chosen[actor_kind] = choose_signer(keys, authority, actor_kind, now)
        except GitprovError as reason:
            chosen[actor_kind] = reason
    return chosen


def diagnose_keys(
    chosen: Mapping[str, SignerRule | GitprovError],
    keys: SigningKeys,
    authority: Authority,
    held: Sequence[HeldKey],
    now: int,
) -> list[Diagnosis]:
    """Judge the keys that this machine signs with, and the owners' keys.

    Args:
        chosen: actor kind -> its signer, or why there is none.
        keys: what the settings say.
        authority: policy and certificates in force.
        held: the keys whose secret part gpg has.
        now: Unix seconds.
    """
    signers = {key: each for key, each in chosen.items() if isinstance(each, SignerRule)}
    found: list[Diagnosis] = []
    for actor_kind, each in chosen.items():
        if isinstance(each, GitprovError):
            named = keys.key if actor_kind == "HUMAN" else keys.agent_key
            is_needed = not signers or named is not None
            health = Health.PROBLEM if is_needed else Health.NOTE
            text = f"nothing can be recorded for {_ACTORS[actor_kind]}: {each.message}"
            found.append(Diagnosis(SECTION, health, text))
    for fingerprint in dict.fromkeys(signer.key for signer in signers.values()):
        who = " and ".join(_ACTORS[kind] for kind, s in signers.items() if s.key == fingerprint)
        found += _check_key(fingerprint, who, authority, held, now)
    for actor_kind in ("AI", "SYSTEM"):
        signer = signers.get(actor_kind)
        if signer is not None and owner_of(authority.policy, signer.key) is not None:
            found.append(_shared_key(_ACTORS[actor_kind]))
            break
    return [*found, *_check_owners(authority.policy, authority.facts, now)]


def _check_key(
    fingerprint: str, who: str, authority: Authority, held: Sequence[HeldKey], now: int
) -> Iterator[Diagnosis]:
    text = f"the key {fingerprint}, for {who},"
    here = next((key for key in held if key.fingerprint == fingerprint), None)
    if here is None:
        remedy = "import it with gpg --import, or set GNUPGHOME to the home that has it"
        yield Diagnosis(SECTION, Health.PROBLEM, f"{text} has no secret part in gpg", remedy)
    elif here.revoked or here.expired or not here.can_sign:
        state = "is revoked" if here.revoked else "has expired" if here.expired else "cannot sign"
        remedy = _renewal(fingerprint)
        if here.revoked:
            remedy = "let an owner add another key: gitprov key add FILE --name NAME"
        yield Diagnosis(SECTION, Health.PROBLEM, f"{text} {state} in gpg", remedy)
    else:
        yield from _check_subkeys(here, text, authority, now)
        yield from _check_expiry(fingerprint, text, authority, now)


def _check_subkeys(here: HeldKey, text: str, authority: Authority, now: int) -> Iterator[Diagnosis]:
    """Compare the keys that can sign here with those that the ledger's certificate lists."""
    known = authority.certificates[here.fingerprint].facts
    usable = authority.signing_keys(here.fingerprint, now)
    new = [key for key in here.signing if known.find(key) is None]
    if not set(usable) & set(here.signing):
        problem = f"{text} has no signing key here that the ledger knows: its records wait"
        yield Diagnosis(SECTION, Health.PROBLEM, problem, _bring(here.fingerprint))
    elif new:
        note = f"{text} has a signing subkey that the ledger does not know yet: {', '.join(new)}"
        yield Diagnosis(SECTION, Health.NOTE, note, _bring(here.fingerprint))


def _bring(fingerprint: str) -> str:
    return f"gpg --armor --export {fingerprint} | gitprov key renew -"


def _check_expiry(
    fingerprint: str, text: str, authority: Authority, now: int
) -> Iterator[Diagnosis]:
    facts = authority.certificates[fingerprint].facts
    ends = [facts.keys[0].expires, *(key.expires for key in facts.signing_keys(now))]
    end = min((each for each in ends if each is not None), default=None)
    if end is None or end > now + SOON:
        when = "never expires" if end is None else f"expires {format_time(end * 1000)[:10]}"
        yield Diagnosis(SECTION, Health.GOOD, f"{text} is here and {when}")
        return
    remedy = _renewal(fingerprint)
    when = format_time(end * 1000)
    yield Diagnosis(SECTION, Health.WARNING, f"{text} expires on the ledger at {when}", remedy)


def _renewal(fingerprint: str) -> str:
    return f"gpg --quick-set-expire {fingerprint} 2y && {_bring(fingerprint)}"


def _shared_key(who: str) -> Diagnosis:
    text = f"{who} sign with an owner's key: whoever steers one can change the policy"
    command = "gitprov key add FILE --name NAME --actor-kinds ai,system"
    remedy = f"make a key for them, add it ({command}), and set gitprov.agentKey"
    return Diagnosis(SECTION, Health.WARNING, text, remedy)


def _check_owners(
    policy: Policy, facts: Mapping[str, CertificateFacts], now: int
) -> Iterator[Diagnosis]:
    able = {
        person.name: [k for k in person.keys if is_usable_owner_key(policy, facts, k, now)]
        for person in policy.owners.persons
    }
    usable = sum(1 for keys in able.values() if keys)
    threshold = policy.owners.threshold
    if usable < threshold:
        text = f"{usable} owners can act, {threshold} must: the policy cannot be changed any more"
        remedy = "renew an owner's key (gitprov key renew FILE), or start a successor ledger"
        yield Diagnosis(SECTION, Health.PROBLEM, text, remedy)
    elif sum(map(len, able.values())) == 1:
        text = "there is one owner with one key: if it is lost, the policy stays as it is for ever"
        command = f"gitprov key add FILE --owner --name {shlex.quote(next(iter(able)))}"
        remedy = f"add a second key that is kept offline: {command}"
        yield Diagnosis(SECTION, Health.WARNING, text, remedy)
    else:
        text = f"{usable} owners can act, {threshold} must agree"
        yield Diagnosis(SECTION, Health.GOOD, text)
