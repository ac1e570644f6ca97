"""Reads a certificate that is offered for the ledger, and refuses an unusable one."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.openpgp import (
    canonical_certificate,
    certificate_packets,
    has_secret_packets,
)
from gitprov.errors import Code, RecordError, SignatureError
from gitprov.guard.limits import FILE_LIMIT
from gitprov.model.entry import CertificateFacts
from gitprov.model.times import format_time
from gitprov.service.ports.signatures import SignatureEngine

MAX_OFFER_BYTES = 1024 * 1024
"""The most that is read of a file; signatures of others make a certificate longer than it is."""

_EXPORT = "gpg --armor --export FINGERPRINT"


@dataclass(frozen=True, slots=True)
class OfferedCertificate:
    """A certificate in the form that the ledger keeps.

    Args:
        content: the certificate file.
        facts: what it says.
    """

    content: bytes
    facts: CertificateFacts

    @property
    def fingerprint(self) -> str:
        """The primary key's fingerprint."""
        return self.facts.fingerprint


def read_offered(content: bytes, engine: SignatureEngine) -> OfferedCertificate:
    """Bring a certificate in any armour or none into the ledger's form.

    Whether its keys are alive is not looked at: a renewal may also be a revocation.

    Raises:
        RecordError: GPV-422-POLICY; it is not one public certificate. GPV-413-LIMIT.
        SignatureError: GPV-422-POLICY; nothing in it binds the key to its owner.
        SignatureUnknownError: GPV-503-SIGNER.
    """
    if len(content) > MAX_OFFER_BYTES:
        text = f"the certificate is longer than {MAX_OFFER_BYTES} bytes; export it alone, without"
        options = "--export-options export-minimal"
        raise RecordError(Code.LIMIT, f"{text} the signatures of others: gpg {options} --export")
    if not content.strip():
        raise _not_acceptable(f"it is empty; write it with: {_EXPORT}")
    if b"PRIVATE KEY BLOCK" in content:
        raise _secret()
    try:
        canonical = canonical_certificate(content)
        is_secret = has_secret_packets(certificate_packets(canonical))
    except RecordError as reason:
        raise _not_acceptable(f"{reason.message}; write it with: {_EXPORT}") from reason
    if is_secret:
        raise _secret()
    facts = engine.read_certificate(canonical)
    if facts.certificates != 1:
        text = f"it holds {facts.certificates} certificates; export one: {_EXPORT}"
        raise _not_acceptable(text)
    if len(canonical) > FILE_LIMIT:
        text = f"the certificate has {len(canonical)} bytes, the ledger takes {FILE_LIMIT}"
        raise RecordError(Code.LIMIT, f"{text}; remove user ids or subkeys that are not needed")
    return OfferedCertificate(canonical, facts)


def require_able(offered: OfferedCertificate, seconds: int) -> None:
    """Refuse a certificate that could not sign an entry at that time.

    Raises:
        SignatureError: GPV-403-KEY-REVOKED, GPV-403-KEY-EXPIRED, GPV-422-POLICY.
    """
    primary, *_ = keys = offered.facts.keys
    who = f"the key {offered.fingerprint}"
    able = [key for key in keys if key.can_sign]
    if primary.revoked or (able and all(key.revoked for key in able)):
        text = f"{who} is revoked by its own certificate; make another key"
        raise SignatureError(Code.KEY_REVOKED, text)
    if not able:
        text = f"{who} cannot sign data by its flags or its algorithm"
        raise SignatureError(Code.POLICY, f"{text}; make one that can, such as Ed25519")
    if not offered.facts.signing_keys(seconds):
        ends = [key.expires for key in (primary, *able) if key.expires is not None]
        when = f" at {format_time(min(ends) * 1000)}" if ends else ""
        text = f"{who} has expired{when} or does not exist yet"
        remedy = f"gpg --quick-set-expire {offered.fingerprint} 2y, and export it again"
        raise SignatureError(Code.KEY_EXPIRED, f"{text}; its owner can fix that: {remedy}")


def _secret() -> RecordError:
    text = "it holds a SECRET key, which must not leave its owner; offer the public certificate"
    return _not_acceptable(f"{text}: {_EXPORT}")


def _not_acceptable(why: str) -> RecordError:
    return RecordError(Code.POLICY, f"the certificate cannot be taken: {why}")
