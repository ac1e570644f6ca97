"""Policies and certificates as plain values, for tests of pure decisions."""

from __future__ import annotations

from collections.abc import Mapping

from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.model.mutation import ActorKind
from gitprov.model.policy import Owners, Person, Policy, Revocation, Rules, SignerRule

LEDGER = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
NOW = 1_730_000_000
ALL = (
    *("run", "state", "artifact", "log", "amendment"),
    *("proposal", "approval", "enactment", "tombstone"),
)
ALICE, BOB, CAROL, SPARE = (f"{number:040X}" for number in (0xA11CE, 0xB0B, 0xCA201, 0x59A2E))


def rule(
    key: str,
    name: str = "Somebody",
    *,
    actor_kinds: tuple[ActorKind, ...] = (ActorKind.HUMAN,),
    agents: tuple[str, ...] = ("*",),
    kinds: tuple[str, ...] = ALL,
    revoked_from: int | None = None,
) -> SignerRule:
    """Make a signer."""
    revoked = None if revoked_from is None else Revocation(from_height=revoked_from, reason="lost")
    return SignerRule(
        name=name,
        email=f"{name.lower()}@example.org",
        key=key,
        actor_kinds=actor_kinds,
        agents=agents,
        kinds=kinds,
        revoked=revoked,
    )


def policy(
    *signers: SignerRule,
    owners: Mapping[str, tuple[str, ...]] | None = None,
    threshold: int = 1,
    version: int = 1,
    previous: str | None = None,
    ledger_id: str = LEDGER,
) -> Policy:
    """Make a policy; without owners each of the first signers is one."""
    rules = signers or (rule(ALICE, "Alice"),)
    persons = owners or {rules[0].name: (rules[0].key,)}
    return Policy(
        schema_version="v1.0",
        kind="policy",
        version=version,
        ledger_id=ledger_id,
        previous=previous,
        owners=Owners(
            threshold=threshold,
            persons=tuple(Person(name=name, keys=keys) for name, keys in persons.items()),
        ),
        signers=rules,
        rules=Rules(max_record_bytes=262_144),
    )


def key_facts(
    fingerprint: str,
    *,
    created: int = NOW - 1_000,
    expires: int | None = None,
    can_sign: bool = True,
    revoked: bool = False,
) -> KeyFacts:
    """Make the facts of one key."""
    return KeyFacts(fingerprint, fingerprint[-16:], created, expires, can_sign, revoked)


def facts(
    *keys: KeyFacts, certificates: int = 1, has_secret: bool = False, canonical: bool = True
) -> CertificateFacts:
    """Make the facts of a certificate."""
    return CertificateFacts(keys, has_secret, certificates, canonical, ("Somebody",))


def plain(fingerprint: str) -> CertificateFacts:
    """Make the facts of a certificate of one good key."""
    return facts(key_facts(fingerprint))
