"""Reads the facts of a certificate off its packets, as Sequoia splits them.

Self-signatures are not verified here; :mod:`gitprov.sign.sequoia` does that with the certificate
as a whole. A revocation counts because it is there, verified or not: a false one only takes a key
out of use, which whoever may add the file can do anyway. Numbers are those of RFC 4880.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gitprov.errors import Code, SignatureError
from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.sign.algorithms import ACCEPTED_KEYS, is_accepted_packet, is_short_packet

if TYPE_CHECKING:
    from pysequoia.packet import Packet

_SIGNATURE, _SECRET_KEY, _PUBLIC_KEY, _SECRET_SUBKEY = 2, 5, 6, 7
_USER_ID, _PUBLIC_SUBKEY, _USER_ATTRIBUTE = 13, 14, 17
_PRIMARY: Final = frozenset({_SECRET_KEY, _PUBLIC_KEY})
_SUBKEY: Final = frozenset({_SECRET_SUBKEY, _PUBLIC_SUBKEY})
_SECRET: Final = frozenset({_SECRET_KEY, _SECRET_SUBKEY})
_OTHER: Final = frozenset({_SIGNATURE, _USER_ID, _USER_ATTRIBUTE})

_CERTIFICATIONS: Final = frozenset({0x10, 0x11, 0x12, 0x13, 0x1F})
_SUBKEY_BINDING: Final = 0x18
_KEY_REVOCATION, _SUBKEY_REVOCATION = 0x20, 0x28

_FINGERPRINT_DIGITS: Final = 40
_OLD_SIGNATURE: Final = 3  # has one octet more before its type


@dataclass
class _Key:
    """The facts of one key, collected from its packets."""

    packet: Packet
    binding: Packet | None = None
    revoked: bool = False

    def facts(self, *, revoked: bool) -> KeyFacts:
        fingerprint, created = self.packet.fingerprint, self.packet.key_created
        if fingerprint is None or created is None or len(fingerprint) != _FINGERPRINT_DIGITS:
            raise not_a_certificate("a key of another version than 4")
        seconds = int(created.timestamp())
        flags = self.binding.key_flags if self.binding else None
        period = self.binding.key_validity_period if self.binding else None
        return KeyFacts(
            fingerprint=fingerprint.upper(),
            key_id=fingerprint[-16:].upper(),
            created=seconds,
            expires=seconds + int(period.total_seconds()) if period else None,
            can_sign=flags is not None and flags.signing and is_accepted_packet(self.packet.body),
            revoked=self.revoked or revoked,
        )


@dataclass
class _Pass:
    """The state of one pass over the packets of a certificate file."""

    keys: list[_Key] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)
    certificates: int = 0
    has_secret: bool = False
    behind_subkey: bool = False

    def take(self, packet: Packet) -> None:
        tag = bytes(packet)[0] & 0x3F  # always written in the new format, 4.2
        self.has_secret |= tag in _SECRET
        if tag in _PRIMARY:
            self.certificates += 1
        elif not self.certificates or tag not in _SUBKEY | _OTHER:
            raise not_a_certificate(f"a packet of type {tag} that does not belong there")
        if self.certificates > 1:
            return  # counted, never read: such a file is refused as a whole
        if tag in _PRIMARY or tag in _SUBKEY:
            self.keys.append(_Key(packet))
            self.behind_subkey = tag in _SUBKEY
        elif tag == _USER_ID:
            self.user_ids.append(packet.user_id or "")
            self.behind_subkey = False
        elif tag == _SIGNATURE:
            self._take_signature(packet)

    def _take_signature(self, packet: Packet) -> None:
        kind = _signature_type(packet)
        owner = self.keys[-1] if self.behind_subkey else self.keys[0]
        if kind == _KEY_REVOCATION:
            self.keys[0].revoked = True
        elif kind == _SUBKEY_REVOCATION:
            if not self.behind_subkey:
                raise not_a_certificate("a subkey's revocation that follows no subkey")
            owner.revoked = True
        elif (kind == _SUBKEY_BINDING if self.behind_subkey else kind in _CERTIFICATIONS) and (
            self._is_own(packet) and _made(packet) >= _made(owner.binding)
        ):
            owner.binding = packet

    def _is_own(self, packet: Packet) -> bool:
        primary = self.keys[0].packet
        if packet.issuer_fingerprint is not None:
            return packet.issuer_fingerprint == primary.fingerprint
        return packet.issuer_key_id == primary.key_id


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts that the packets of a certificate file state.

    Args:
        facts: what the port asks for, not yet saying whether the file is canonical.
        short: the primary key, or one that can sign, is short RSA or DSA.
    """

    facts: CertificateFacts
    short: bool


def read_facts(packets: Iterable[Packet]) -> Reading:
    """Take the packets of a certificate file apart.

    Raises:
        SignatureError: GPV-422-POLICY; these packets are no certificate.
    """
    seen = _Pass()
    for packet in packets:
        seen.take(packet)
    if not seen.keys:
        raise not_a_certificate("no key")
    revoked = seen.keys[0].revoked
    facts = CertificateFacts(
        keys=tuple(key.facts(revoked=revoked) for key in seen.keys),
        has_secret=seen.has_secret,
        certificates=seen.certificates,
        canonical=False,
        user_ids=tuple(seen.user_ids),
        bound=max(_made(key.binding) for key in seen.keys),
    )
    if not is_accepted_packet(seen.keys[0].packet.body):
        fingerprint = facts.keys[0].fingerprint
        raise SignatureError(Code.POLICY, f"the key {fingerprint} cannot serve: {ACCEPTED_KEYS}")
    used = [key for key, f in zip(seen.keys, facts.keys, strict=True) if f.can_sign]
    return Reading(
        facts,
        short=any(is_short_packet(key.packet.body) for key in (seen.keys[0], *used)),
    )


def _signature_type(packet: Packet) -> int:
    """Return the type of a signature packet (5.2.1), -1 for other packets."""
    if packet.signature_version is None:
        return -1
    return packet.body[1 if packet.signature_version > _OLD_SIGNATURE else 2]


def not_a_certificate(what: str) -> SignatureError:
    """Make the error for a file that cannot be used as a certificate."""
    return SignatureError(
        Code.POLICY,
        f"the certificate file holds {what}; export a good key: gpg --armor --export KEY",
    )


def _made(binding: Packet | None) -> int:
    made = binding.signature_created if binding else None
    return int(made.timestamp()) if made else 0
