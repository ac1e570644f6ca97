"""Judges whether a policy, with its certificates, can govern (6.1, step V12)."""

from __future__ import annotations

from collections.abc import Mapping

from gitprov.errors import Code
from gitprov.guard.authority import find_signer
from gitprov.model.entry import CertificateFacts
from gitprov.model.finding import Finding, error
from gitprov.model.ids import policy_path
from gitprov.model.policy import Policy

Certificates = Mapping[str, CertificateFacts]


def is_usable_owner_key(policy: Policy, certificates: Certificates, key: str, seconds: int) -> bool:
    """Whether an owner can act with this key: unrevoked, alive, HUMAN, approval."""
    signer = find_signer(policy, key)
    facts = certificates.get(key)
    if signer is None or facts is None or signer.revoked is not None:
        return False
    may_approve = "HUMAN" in signer.actor_kinds and "approval" in signer.kinds
    return may_approve and bool(facts.signing_keys(seconds))


def _ever_signs(facts: CertificateFacts) -> bool:
    return any(key.can_sign for key in facts.keys)


def check_policy(policy: Policy, certificates: Certificates, seconds: int) -> list[Finding]:
    """Judge a policy against the certificates beside it, at the time of its entry.

    The rules that need no certificate are the schema's.
    """
    path = policy_path(policy.version)
    findings = []
    for signer in policy.signers:
        facts = certificates.get(signer.key)
        if facts is None:
            findings.append(error(Code.POLICY, f"no certificate file for {signer.key}", path))
        elif not _ever_signs(facts):
            text = f"the key {signer.key} cannot sign data; list a signing key"
            findings.append(error(Code.POLICY, text, path))
    able = sum(
        any(is_usable_owner_key(policy, certificates, key, seconds) for key in person.keys)
        for person in policy.owners.persons
    )
    if able < policy.owners.threshold:
        text = f"{able} owners could act, the threshold is {policy.owners.threshold}"
        findings.append(error(Code.POLICY, text, path))
    return findings


def check_succession(
    old: Policy, old_digest: str, new: Policy, number_in_path: int
) -> list[Finding]:
    """Judge whether a policy may follow another one.

    Args:
        old: the policy in force.
        old_digest: ``sha256:<hex>`` of its file.
        number_in_path: NNNN of the new file.
    """
    path = policy_path(number_in_path)
    findings = []
    if new.version != number_in_path or new.version != old.version + 1:
        text = f"version {new.version} after {old.version}; it must be the next one"
        findings.append(error(Code.POLICY_ROLLBACK, text, path))
    if new.previous != old_digest:
        text = f"it follows {new.previous}, the policy in force is {old_digest}"
        findings.append(error(Code.POLICY_ROLLBACK, text, path))
    if new.ledger_id != old.ledger_id:
        findings.append(error(Code.REPLAY, "it belongs to another ledger", path))
    for before in old.signers:
        after = find_signer(new, before.key)
        if after is None:
            text = f"the key {before.key} was listed and is gone; mark it revoked instead"
            findings.append(error(Code.POLICY, text, path))
        elif before.revoked is not None and (
            after.revoked is None or after.revoked.from_height > before.revoked.from_height
        ):
            text = f"the revocation of {before.key} is taken back or weakened"
            findings.append(error(Code.POLICY, text, path))
    return findings


def check_certificate(
    path: str,
    key: str,
    number: int,
    facts: CertificateFacts,
    newest: tuple[int, CertificateFacts] | None,
) -> list[Finding]:
    """Judge one certificate file that an entry adds (6.1).

    Args:
        key: the fingerprint its folder names.
        number: NNNN of the file.
        facts: what it holds.
        newest: number and facts of the key's newest file so far, None if there is none.
    """
    reasons = []
    if facts.certificates != 1:
        reasons.append(f"it holds {facts.certificates} certificates, not one")
    if facts.has_secret:
        reasons.append("it holds secret key packets; export the public certificate")
    if facts.fingerprint != key:
        reasons.append(f"it is the certificate of {facts.fingerprint}")
    if not facts.canonical:
        reasons.append("its armour is not the canonical one")
    expected = 1 if newest is None else newest[0] + 1
    if number != expected:
        reasons.append(f"its number is {number}, the next one is {expected}")
    if newest is not None and newest[1].keys[0].revoked:
        reasons.append("the certificate before it carries a revocation of its primary key")
    return [error(Code.POLICY, reason, path) for reason in reasons]
