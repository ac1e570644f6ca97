"""Signatures: made and checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gitprov.model.entry import CertificateFacts


class SignatureEngine(Protocol):
    """Checks signatures against one pinned certificate, never a user's keyring."""

    name: str

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate file apart; SignatureError GPV-422-POLICY if it is none."""
        ...

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Whether the detached signature over ``payload`` is by a key of ``certificate``.

        Judged as of ``seconds`` (the signature's creation time), so that a key which expired
        since is still good. Expiry, revocation and capability are judged by the caller from
        CertificateFacts as well.

        Raises:
            SignatureUnknownError: the engine could not find out.
        """
        ...


class Signer(Protocol):
    """Makes detached signatures with the user's own keys."""

    def sign(self, payload: bytes, fingerprint: str, keys: Sequence[str] = ...) -> bytes:
        """Return the canonical armoured block (LF, no headers, no final LF).

        Args:
            payload: the bytes to sign.
            fingerprint: the signer's primary key.
            keys: fingerprints of those of its keys and subkeys that a verifier would accept, in
                the order to try them; none leaves the choice to the signer.

        Raises:
            SignatureError: GPV-403-KEY-EXPIRED, -KEY-REVOKED, -UNKNOWN-KEY.
            SignatureUnknownError: GPV-503-SIGNER (no agent, no passphrase, time limit).
        """
        ...
