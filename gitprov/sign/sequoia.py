"""Checks signatures in process with Sequoia: the engine for bulk verification.

Guarantees: one certificate at a time, never a keyring of the user, no file, and no child process
but the second engine's. It does not judge the form of a signature (V4), nor revocation: that
is in the facts, and the caller refuses a revoked key whatever its reason and date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from gitprov.errors import Code, RecordError, SignatureError, SignatureUnknownError
from gitprov.model.entry import CertificateFacts
from gitprov.sign.armour import Armour
from gitprov.sign.sequoia_facts import Reading, not_a_certificate, read_facts

if TYPE_CHECKING:
    from pysequoia import Cert

_CACHED: Final = 1024
# Sequoia accepts signatures up to 30 minutes ahead of the machine's clock; one minute is spared
# for the time that passes between its look at the clock and ours.
_AHEAD: Final = 29 * 60
_NEVER: Final = 1 << 62
_REFUSED_KEY: Final = "Policy rejected asymmetric algorithm"


@contextmanager
def _no_panic() -> Iterator[None]:
    """Turn a bug inside the library into "could not find out"."""
    try:
        yield
    except BaseException as cause:
        # A Rust panic; the class cannot be imported, and derives from BaseException.
        if type(cause).__name__ != "PanicException":
            raise
        raise SignatureUnknownError(
            Code.SIGNER, f"the library pysequoia broke down ({cause}); use --engine gpg"
        ) from cause


class SecondEngine(Protocol):
    """Whoever is asked where Sequoia cannot judge."""

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """See the port SignatureEngine."""
        ...


@dataclass(frozen=True, slots=True)
class _Certificate:
    """A certificate file as Sequoia sees it.

    Args:
        facts: what the port asks for.
        cert: without revocations; None if the file is bad, or Sequoia refuses the key.
        sure_from: the first moment, Unix seconds, whose signatures Sequoia can call bad.
    """

    facts: CertificateFacts
    cert: Cert | None = None
    sure_from: int = 0


class SequoiaEngine:
    """The engine for bulk verification; satisfies the port SignatureEngine.

    Sequoia sees a certificate as it was when the signature was made, reads the machine's clock
    itself, and one day refuses short keys. So its "no" does not count for a signature that is
    older than the self-signature (the key was renewed since), for one from the machine's future
    and for short RSA and DSA keys: the second engine is asked.

    Args:
        armour: the OpenPGP codec.
        now: the machine's own clock in Unix seconds.
        second: asked where Sequoia cannot judge; without it that is an error.

    Raises:
        SignatureUnknownError: GPV-503-SIGNER; the library is not there.
    """

    name = "sequoia"

    def __init__(
        self, armour: Armour, now: Callable[[], int], second: SecondEngine | None = None
    ) -> None:
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
        self._second = second
        # Certificates repeat and bytes keep their hash: a look-up costs next to nothing.
        self._certificate = lru_cache(_CACHED)(self._read)

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate file apart.

        Raises:
            SignatureError: GPV-422-POLICY; it is not a certificate, or no self-signature of it
                counts.
        """
        return self._certificate(armoured).facts

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Whether the one signature over ``payload`` is by a key of the one certificate.

        The key must be bound to the certificate, able to sign and alive when the signature was
        made; that it was revoked does not count here.

        Args:
            payload: the signed bytes.
            signature: the canonical block, or its packets.
            certificate: the certificate file.
            seconds: the signature's creation time.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; neither engine can judge it.
        """
        try:
            packets = self._armour.signature_packets(signature)
            if not self._armour.matches_digest_prefix(packets, payload):
                return False
            read = self._certificate(certificate)
        except SignatureUnknownError:
            raise
        except (RecordError, SignatureError):
            return False
        if not read.facts.canonical or read.facts.certificates > 1:
            return False
        signer = self._signer(payload, packets, read.cert)
        if signer is not None:
            return read.facts.keys[0].alive_at(seconds) and any(
                key.fingerprint == signer and key.can_sign and key.alive_at(seconds)
                for key in read.facts.keys
            )
        if read.sure_from <= seconds <= self._now() + _AHEAD:
            return False
        if self._second is None:
            raise SignatureUnknownError(
                Code.SIGNER,
                f"Sequoia cannot judge a signature made at {seconds}, before its key was renewed,"
                " in the future of this machine's clock, or by a short key; use --engine gpg",
            )
        return self._second.is_good(payload, packets, certificate, seconds)

    def _signer(self, payload: bytes, packets: bytes, cert: Cert | None) -> str | None:
        """Return the fingerprint of the key that made a good signature, None if it is bad."""
        if cert is None:
            return None
        try:
            with _no_panic():
                signature = self._library.Sig.from_bytes(packets)
                checked = self._library.verify(
                    bytes=payload, store=lambda _: [cert], signature=signature
                )
            (good,) = checked.valid_sigs
        except (RuntimeError, ValueError):  # what Sequoia says is about the bytes it was given
            return None
        return str(good.signing_key).upper()

    @_no_panic()
    def _read(self, content: bytes) -> _Certificate:
        try:
            pile = self._split(content)
        except RuntimeError as cause:
            raise not_a_certificate("no OpenPGP packets") from cause
        try:
            reading = read_facts(pile)
        except RuntimeError as cause:  # it reads some packets that it cannot write
            raise not_a_certificate("a packet of no known form") from cause
        try:
            packets = self._armour.certificate_packets(content)
            kept = self._armour.without_revocations(packets)
        except RecordError:
            return _Certificate(replace(reading.facts, bound=0))
        facts = replace(reading.facts, canonical=True)
        if facts.certificates > 1:
            return _Certificate(facts)
        return self._check(replace(reading, facts=facts), kept)

    def _check(self, reading: Reading, packets: bytes) -> _Certificate:
        """Let Sequoia verify the self-signatures, unless they are from the machine's future."""
        facts, primary = reading.facts, reading.facts.keys[0]
        try:
            cert = self._library.Cert.from_bytes(packets)
            if max(facts.bound, primary.created) <= self._now():
                expires = cert.expiration
                seconds = None if expires is None else int(expires.timestamp())
                primary = replace(primary, expires=seconds)
        except RuntimeError as cause:
            if reading.short and _REFUSED_KEY in str(cause):
                return _Certificate(facts, None, _NEVER)
            raise not_a_certificate(
                "no valid self-signature: it was tampered with, or uses SHA-1"
            ) from cause
        sure_from = _NEVER if reading.short else facts.bound
        return _Certificate(replace(facts, keys=(primary, *facts.keys[1:])), cert, sure_from)
