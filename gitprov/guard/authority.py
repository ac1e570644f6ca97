"""Who may sign, under which name, and for what (steps V5, V6 and V11)."""

from __future__ import annotations

from gitprov.errors import Code
from gitprov.guard.globs import any_glob_matches
from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.model.finding import Finding, error
from gitprov.model.policy import Policy, SignerRule

GOVERNANCE_KINDS = frozenset({"policy", "key", "proposal", "approval", "enactment", "tombstone"})
"""Kinds that only humans may add, and except for a proposal only owners."""


def find_signer(policy: Policy, fingerprint: str) -> SignerRule | None:
    """Return the policy's entry for a primary fingerprint, None if it lists no such key."""
    return next((s for s in policy.signers if s.key == fingerprint), None)


def owner_of(policy: Policy, fingerprint: str) -> str | None:
    """Return the name of the person who owns the key, None if no owner does."""
    for person in policy.owners.persons:
        if fingerprint in person.keys:
            return person.name
    return None


def check_key(
    signer: SignerRule, facts: CertificateFacts, key: KeyFacts, times: tuple[int, ...]
) -> list[Finding]:
    """Judge whether that key of that signer may sign at all of these times (V5).

    Args:
        signer: the policy's entry.
        facts: the certificate in force.
        key: the primary key or subkey that made the signature.
        times: Unix seconds: the signing, and whatever moment else counts.
    """
    primary = facts.keys[0]
    who = f"the key {signer.key} of {signer.name!r}"
    findings = []
    if not key.can_sign:
        findings.append(error(Code.UNKNOWN_KEY, f"{who} may not sign data by its own flags"))
    if any(not (primary.alive_at(at) and key.alive_at(at)) for at in times):
        findings.append(
            error(Code.KEY_EXPIRED, f"{who} had expired or did not exist yet; renew it")
        )
    if signer.revoked is not None:
        findings.append(error(Code.KEY_REVOKED, f"{who} is revoked by the policy in force"))
    elif primary.revoked or key.revoked:
        findings.append(error(Code.KEY_REVOKED, f"{who} is revoked by its own certificate"))
    return findings


def check_identity(signer: SignerRule, name: str, email: str) -> list[Finding]:
    """Judge whether author and committer are the signer as the policy names it (V6)."""
    if (name, email) == (signer.name, signer.email):
        return []
    expected = f"{signer.name} <{signer.email}>"
    return [error(Code.IDENTITY, f"the entry is by {name} <{email}>, its key is {expected}'s")]


def check_permission(
    signer: SignerRule, kind: str, actor_kind: str, agent_name: str | None, path: str | None = None
) -> list[Finding]:
    """Judge whether the policy lets this signer add this record (V11).

    Args:
        signer: the policy's entry.
        kind: the record's kind.
        actor_kind: HUMAN, AI or SYSTEM, from the record's mutation.
        agent_name: the record's; for an amendment its run's; None for kinds without one.
        path: path in the ledger's tree, for the finding.
    """
    findings = []
    who = f"the policy does not let {signer.name!r}"
    if kind not in signer.kinds:
        findings.append(error(Code.IDENTITY, f"{who} add records of kind {kind!r}", path))
    if actor_kind not in signer.actor_kinds:
        findings.append(error(Code.IDENTITY, f"{who} record for actor kind {actor_kind}", path))
    if agent_name is not None and not any_glob_matches(signer.agents, agent_name):
        findings.append(error(Code.IDENTITY, f"{who} record for the agent {agent_name!r}", path))
    return findings
