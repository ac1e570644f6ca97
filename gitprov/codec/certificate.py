"""Certificate files of a ledger and their packets (docs/governance.md); pure.

Section numbers are those of RFC 4880.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import Final, NoReturn

from gitprov.codec.armour import PUBLIC_KEY, armour, dearmour
from gitprov.codec.packet_length import FIVE_OCTETS, PARTIAL, read_length
from gitprov.errors import Code, RecordError

_IS_PACKET: Final = 0x80
_NEW_FORMAT: Final = 0x40
_INDEFINITE: Final = 3  # the old format's length type without a length

_SIGNATURE, _USER_ATTRIBUTE = 2, 17
_SECRET_TAGS: Final = frozenset({5, 7})
_PRIMARY_TAGS: Final = (5, 6)  # a secret key is refused later, with a reason of its own
_SUBKEY_TAGS: Final = frozenset({7, 14})
_USER_ID, _CREATED, _SUBKEY_BINDING = 13, 2, 0x18
_SELF_CERTIFICATIONS: Final = frozenset({0x10, 0x11, 0x12, 0x13, 0x1F})
_REVOCATIONS: Final = frozenset({0x20, 0x28, 0x30})
_CERTIFICATIONS: Final = frozenset({0x10, 0x11, 0x12, 0x13, 0x30})
# Subpackets that state an issuer: key id and fingerprint, both also marked as critical.
_ISSUERS: Final = frozenset(bytes([kind | mark]) for kind in (16, 33) for mark in (0, 0x80))
_OLD_SIGNATURE: Final = 3  # 5.2.2: type, time and issuer are at fixed places

# Anchored, and possessive where two parts could share spaces: reading takes time in proportion to
# the length, however the file was made.
_ANY_ARMOUR: Final = re.compile(
    rb"(?m)^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*+\r?\n"
    rb"(?:[^\r\n:]++:[^\r\n]*+\r?\n)*+[ \t]*+\r?\n"
    rb"([A-Za-z0-9+/\s]*+={0,2}\s*+)(?:=[A-Za-z0-9+/]{4}\s++)?"
    rb"-----END PGP PUBLIC KEY BLOCK-----"
)


@dataclass(frozen=True, slots=True)
class _Packet:
    """A packet: its tag, all of its octets, and those of its body."""

    tag: int
    whole: bytes
    body: bytes

    @property
    def signature_type(self) -> int:
        """The type of a signature (5.2.1); -1 for other packets."""
        at = 2 if self.body[:1] == bytes([_OLD_SIGNATURE]) else 1
        return self.body[at] if self.tag == _SIGNATURE and len(self.body) > at else -1


def certificate_file(packets: bytes) -> bytes:
    """Return the bytes of a ledger's certificate file: canonical armour and one final LF."""
    return armour(packets, PUBLIC_KEY) + b"\n"


def certificate_packets(content: bytes, code: Code = Code.POLICY) -> bytes:
    """Return the packets of a ledger's certificate file.

    Raises:
        RecordError: ``code``; the file is not what :func:`certificate_file` yields.
    """
    if not content.endswith(b"\n"):
        raise RecordError(code, "the certificate file has no final line end")
    return dearmour(content[:-1], PUBLIC_KEY, code)


def canonical_certificate(content: bytes) -> bytes:
    """Return the certificate file for a key in any armour or none.

    Signatures by others and pictures are left out: they prove nothing here, and a well-known
    key carries megabytes of them. The meaning of the file is not judged.

    Raises:
        RecordError: GPV-422-POLICY; no packets, several blocks, or no key to begin with.
    """
    packets = list(_split(_any_armour(content)))
    if packets[0].tag not in _PRIMARY_TAGS:
        _refuse("is where its primary key belongs")
    return certificate_file(b"".join(packet.whole for packet in _own(packets)))


def has_secret_packets(packets: bytes) -> bool:
    """Whether packets hold a secret key, good or not.

    Raises:
        RecordError: GPV-422-POLICY; packets that are cut short or of indefinite length.
    """
    return any(packet.tag in _SECRET_TAGS for packet in _split(packets))


def without_revocations(packets: bytes) -> bytes:
    """Return the packets of a certificate less its revocation signatures.

    An engine then says whether a signature is good, and not whether its key was revoked, which
    gpg and Sequoia answer differently.

    Raises:
        RecordError: GPV-422-POLICY; packets that are cut short or of indefinite length.
    """
    kept = (p.whole for p in _split(packets) if p.signature_type not in _REVOCATIONS)
    return b"".join(kept)


def newest_binding(packets: bytes) -> int:
    """Return when the newest self-signature (5.2.3.3) was made, Unix seconds; 0 if there is none.

    For a user id, the primary key or a subkey, made by the primary key; not a revocation.

    Raises:
        RecordError: GPV-422-POLICY; packets that are cut short or of indefinite length.
    """
    primary, *rest = _split(packets)
    owner = _key_id(primary.body)
    newest = 0
    behind_subkey = False
    for packet in rest:
        if packet.tag in _SUBKEY_TAGS:
            behind_subkey = True
        elif packet.tag == _USER_ID:
            behind_subkey = False
        kind = packet.signature_type
        binds = kind == _SUBKEY_BINDING if behind_subkey else kind in _SELF_CERTIFICATIONS
        if binds and owner in _issuers(packet.body):
            newest = max(newest, _made(packet.body))
    return newest


def _made(body: bytes) -> int:
    """Return the creation time that a signature states; 0 if it states none."""
    if body[0] == _OLD_SIGNATURE:
        return int.from_bytes(body[3:7], "big")
    hashed = body[4 : 6 + int.from_bytes(body[4:6], "big")]
    times = [octets for kind, octets in _subpackets(hashed) if kind & 0x7F == _CREATED]
    return int.from_bytes(times[-1], "big") if times else 0


def _any_armour(content: bytes) -> bytes:
    if content and content[0] & _IS_PACKET:
        return content
    blocks = _ANY_ARMOUR.findall(content)
    if len(blocks) != 1:
        text = f"{len(blocks)} keys in armour, not exactly one PGP PUBLIC KEY BLOCK"
        raise RecordError(Code.POLICY, text)
    try:
        packets = a2b_base64(blocks[0])
    except Base64Error:
        packets = b""
    if not packets:
        _refuse("is not encoded in base64")
    return packets


def _own(packets: list[_Packet]) -> Iterator[_Packet]:
    """Yield what the owner of the first key made."""
    owner = _key_id(packets[0].body)
    in_attribute = False
    for packet in packets:
        if packet.tag != _SIGNATURE:
            in_attribute = packet.tag == _USER_ATTRIBUTE
        foreign = packet.signature_type in _CERTIFICATIONS and owner not in _issuers(packet.body)
        if not in_attribute and not foreign:
            yield packet


def _key_id(primary: bytes) -> bytes:
    """Return the last eight octets of the fingerprint of a version 4 key (12.2)."""
    hashed = b"\x99" + (len(primary) % 65536).to_bytes(2, "big") + primary
    return sha1(hashed, usedforsecurity=False).digest()[-8:]


def _issuers(body: bytes) -> set[bytes]:
    """Return the key ids that a signature states, whatever else it holds."""
    if body[0] == _OLD_SIGNATURE:
        return {body[7:15]}
    middle = 6 + int.from_bytes(body[4:6], "big")
    areas = (body[4:middle], body[middle : middle + 2 + int.from_bytes(body[middle:][:2], "big")])
    found = (pair for area in areas for pair in _subpackets(area))
    return {octets[-8:] for kind, octets in found if bytes([kind]) in _ISSUERS}


def _subpackets(area: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type (with its mark as critical) and octets of an area that begins with its length."""
    at = 2
    while at < len(area):
        # A subpacket has no partial length.
        size, start = read_length(area, at, FIVE_OCTETS) or (0, at + 1)
        at = start + size
        if size and start < len(area):
            yield area[start], area[start + 1 : at]


def _split(packets: bytes) -> Iterator[_Packet]:
    """Yield the packets (4.2)."""
    at = 0
    while at < len(packets):
        size, start = _header(packets, at)
        end = start + size
        if end > len(packets):
            _refuse("is cut short")
        first = packets[at]
        tag = first & 0x3F if first & _NEW_FORMAT else first >> 2 & 0x0F
        yield _Packet(tag, packets[at:end], packets[start:end])
        at = end


def _header(packets: bytes, at: int) -> tuple[int, int]:
    """Return the length of a packet's body, and where it begins."""
    tag = packets[at]
    if not tag & _IS_PACKET:
        _refuse("is none")
    if tag & _NEW_FORMAT:
        found = read_length(packets, at + 1, PARTIAL)
        return found or _refuse("has a partial length")
    if tag & 3 == _INDEFINITE:
        _refuse("has an indefinite length")
    octets = 1 << (tag & 3)
    return int.from_bytes(packets[at + 1 : at + 1 + octets], "big"), at + 1 + octets


def _refuse(why: str) -> NoReturn:
    raise RecordError(Code.POLICY, f"a packet of the certificate {why}")
