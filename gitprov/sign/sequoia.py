"""Checks signatures in process with Sequoia: the engine for bulk verification.

Guarantees: one certificate at a time, never a keyring of the user, no file, no child process.
It does not judge the form of a signature (V4), nor revocation: that stands in the facts, and
the caller refuses a revoked key whatever the reason and date (6.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gitprov.errors import Code, RecordError, SignatureUnknownError
from gitprov.model.entry import CertificateFacts
from gitprov.sign.armour import Armour
from gitprov.sign.sequoia_facts import not_a_certificate, read_facts

if TYPE_CHECKING:
    from pysequoia import Cert
    from pysequoia.packet import Packet

_CACHED: Final = 1024
# Sequoia accepts signatures up to 30 minutes ahead of the machine's clock; one minute is spared
# for the time that passes between its look at the clock and ours.
_AHEAD: Final = 29 * 60


class SequoiaEngine:
    """The engine for bulk verification; satisfies the port SignatureEngine.

    Args:
        armour: the OpenPGP codec.
        now: the machine's own clock in Unix seconds. Sequoia reads that clock itself and takes
            a signature from its future for a bad one; ``now`` tells the two apart.

    Raises:
        SignatureUnknownError: GPV-503-SIGNER; the library is not there.
    """

    name = "sequoia"

    def __init__(self, armour: Armour, now: Callable[[], int]) -> None:
        try:
            import pysequoia  # noqa: PLC0415 - takes 13 ms, and some platforms lack it
            from pysequoia.packet import PacketPile  # noqa: PLC0415
        except ImportError as cause:
            raise SignatureUnknownError(
                Code.SIGNER,
                "the library pysequoia cannot be loaded; install it, or use --engine gpg",
            ) from cause
        self._library = pysequoia
        self._split = PacketPile.from_bytes
        self._armour = armour
        self._now = now
        # Certificates repeat and bytes keep their hash: a look-up costs next to nothing.
        self._cert = lru_cache(_CACHED)(self._load)
        self._facts = lru_cache(_CACHED)(self._read)

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate file apart.

        Raises:
            SignatureError: GPV-422-POLICY; it is no certificate, or no self-signature of it
                counts.
        """
        return self._facts(armoured)

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Whether the one signature over ``payload`` is by a key of the one certificate.

        The key must be bound to the certificate, able to sign and alive when the signature was
        made; that it was revoked does not count here.

        Args:
            payload: the signed bytes.
            signature: the canonical block, or its packets, which is faster.
            certificate: the certificate file.
            seconds: the signature's creation time.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; the signature is from the future of this
                machine, which Sequoia cannot judge.
        """
        try:
            packets = self._armour.signature_packets(signature)
        except RecordError:
            return False
        if self._armour.matches_digest_prefix(packets, payload) and self._verify(
            payload, packets, certificate
        ):
            return True
        if seconds > self._now() + _AHEAD:
            raise SignatureUnknownError(
                Code.SIGNER,
                f"the signature was made at {seconds}, in the future of this machine's clock;"
                " set the clock, or use --engine gpg",
            )
        return False

    def _verify(self, payload: bytes, packets: bytes, certificate: bytes) -> bool:
        try:
            cert = self._cert(certificate)
            signature = self._library.Sig.from_bytes(packets)
            checked = self._library.verify(
                bytes=payload, store=lambda _: [cert], signature=signature
            )
        except (RecordError, RuntimeError):  # both are about the bytes that were given
            return False
        good = checked.valid_sigs
        return len(good) == 1 and good[0].certificate == cert.fingerprint

    def _load(self, certificate: bytes) -> Cert:
        """Make the certificate without its revocations, which the caller judges."""
        packets = self._armour.certificate_packets(certificate)
        return self._library.Cert.from_bytes(self._armour.without_revocations(packets))

    def _read(self, certificate: bytes) -> CertificateFacts:
        try:
            packets: list[Packet] = list(self._split(certificate))
        except RuntimeError as cause:
            raise not_a_certificate("no OpenPGP packets") from cause
        facts = read_facts(packets, canonical=self._is_canonical(certificate))
        if facts.certificates > 1 or facts.keys[0].created > self._now():
            return facts
        try:
            expires = self._cert(certificate).expiration
        except RuntimeError as cause:
            raise not_a_certificate(
                "no valid self-signature: it was tampered with, uses SHA-1, or its key is none of"
                " Ed25519, NIST P-256, P-384, P-521, RSA and DSA of 2048 bits or more"
            ) from cause
        primary = replace(facts.keys[0], expires=int(expires.timestamp()) if expires else None)
        return replace(facts, keys=(primary, *facts.keys[1:]))

    def _is_canonical(self, certificate: bytes) -> bool:
        try:
            self._armour.certificate_packets(certificate)
        except RecordError:
            return False
        return True
