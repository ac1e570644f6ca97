"""The one signature packet of an entry, taken apart strictly (V4); pure.

Guarantee: lengths and numbers inside a packet that :func:`parse_signature` accepts have one
form only. Nothing here verifies a signature. Section numbers are those of RFC 4880.
"""

from __future__ import annotations

import hashlib
from typing import Final, NoReturn

from gitprov.codec.armour import PUBLIC_KEY, SIGNATURE, armour, dearmour
from gitprov.codec.certificate import (
    canonical_certificate,
    certificate_file,
    certificate_packets,
    has_secret_packets,
    newest_binding,
    without_revocations,
)
from gitprov.codec.packet_length import FIVE_OCTETS, PARTIAL, read_length
from gitprov.errors import Code, RecordError
from gitprov.model.entry import SignatureForm

__all__ = [
    "PUBLIC_KEY",
    "SIGNATURE",
    "armour",
    "canonical_certificate",
    "certificate_file",
    "certificate_packets",
    "dearmour",
    "has_secret_packets",
    "matches_digest_prefix",
    "newest_binding",
    "parse_signature",
    "signature_block",
    "signature_packets",
    "without_revocations",
]

_VERSION: Final = 4
_HEAD: Final = 6  # version, class, key algorithm, hash algorithm, two octets of hashed size
_HASH_PREFIX: Final = 2
_HASHES: Final = {8: "sha256", 9: "sha384", 10: "sha512"}

_OLD_FORMAT: Final = (0x88, 0x89, 0x8A)  # tag 2 with a length of 1, 2 or 4 octets
_NEW_FORMAT: Final = 0xC2  # what a signer may write, and no entry has
_NO_LENGTH: Final = (1 << 32, 1)  # fits nothing
_LONG: Final = 5  # octets of the longest form
# The smallest length of a subpacket that needs five octets.
_LONG_SUBPACKET: Final = 16320

_CREATED, _EXPIRES, _ISSUER, _FINGERPRINT = 2, 3, 16, 33
# Types that are understood, with the length of their body; in one area each appears only once.
_UNDERSTOOD: Final = {_CREATED: 4, _EXPIRES: 4, _ISSUER: 8, _FINGERPRINT: 21}
_CRITICAL: Final = 0x80
# Public key algorithm -> numbers in its signature: RSA, DSA, ECDSA, EdDSA.
_NUMBERS: Final = {1: 1, 17: 2, 19: 2, 22: 2}


def signature_block(packets: bytes) -> bytes:
    """Return the canonical block of exactly one signature packet, as a signer may write it.

    What is not signed is brought into the one form of V4: an old-format header with the shortest
    length, one Issuer in the unhashed area if the hashed one has none, shortest numbers.

    Raises:
        RecordError: GPV-401-SIGNATURE-FORM.
    """
    packet = _in_one_form(packets)
    parse_signature(packet)
    return armour(packet)


def _in_one_form(packets: bytes) -> bytes:
    if packets[:1] == bytes([_NEW_FORMAT]):
        size, start = read_length(packets, 1, PARTIAL) or _NO_LENGTH
        if len(packets) != start + size:
            _refuse("has a wrong length, or is not alone")
        packets = _framed(packets[start:])
    body = _body(packets)
    signed, end = _signed_part(body)
    hashed, kinds = _subpackets(signed[_HEAD:], may_be_critical=True)
    issuer = b""
    if _ISSUER not in kinds:
        unhashed, _ = _subpackets(body[len(signed) + 2 : end], may_be_critical=False)
        _, key_id = _issuer(hashed, unhashed)
        issuer = bytes([1 + _UNDERSTOOD[_ISSUER], _ISSUER]) + bytes.fromhex(key_id or "")
    numbers = _shortest(body[end + _HASH_PREFIX :], body[2])
    area = len(issuer).to_bytes(2, "big") + issuer
    return _framed(signed + area + body[end : end + _HASH_PREFIX] + numbers)


def _framed(body: bytes) -> bytes:
    kind = 0 if len(body) < 1 << 8 else 1 if len(body) < 1 << 16 else 2
    return bytes([_OLD_FORMAT[kind]]) + len(body).to_bytes(1 << kind, "big") + body


def _shortest(octets: bytes, algorithm: int) -> bytes:
    """Write numbers (3.2) without leading zeros; whatever else is wrong is refused later."""
    at, found = 0, b""
    for _ in range(_NUMBERS.get(algorithm, 0)):
        end = at + 2 + (int.from_bytes(octets[at : at + 2], "big") + 7 >> 3)
        number = octets[at + 2 : end].lstrip(b"\0")
        bits = 8 * len(number) - 8 + number[0].bit_length() if number else 0
        found += bits.to_bytes(2, "big") + number
        at = end
    return found + octets[at:]


def signature_packets(block: bytes) -> bytes:
    """Return the packets of a canonical signature block; what is not armoured counts as packets.

    Raises:
        RecordError: GPV-401-SIGNATURE-FORM.
    """
    return dearmour(block) if block.startswith(b"-") else block


def parse_signature(packets: bytes) -> SignatureForm:
    """Take exactly one version 4 signature packet apart, without judging it (V4).

    Raises:
        RecordError: GPV-401-SIGNATURE-FORM; another packet, two packets, a length that is
            indefinite, not minimal or wrong, a subpacket that is unknown and critical or
            appears twice, no creation time, two issuers that differ.
    """
    body = _body(packets)
    signed, end = _signed_part(body)
    hashed, hashed_types = _subpackets(signed[_HEAD:], may_be_critical=True)
    unhashed, unhashed_types = _subpackets(body[len(signed) + 2 : end], may_be_critical=False)
    _check_numbers(body[end + _HASH_PREFIX :], body[2])
    if _CREATED not in hashed:
        _refuse("states no creation time")
    fingerprint, key_id = _issuer(hashed, unhashed)
    return SignatureForm(
        version=body[0],
        signature_class=body[1],
        hash_algorithm=body[3],
        created=int.from_bytes(hashed[_CREATED], "big"),
        expires_after=int.from_bytes(hashed[_EXPIRES], "big") if _EXPIRES in hashed else None,
        issuer_fingerprint=fingerprint,
        issuer_key_id=key_id,
        hashed_types=hashed_types,
        unhashed_types=unhashed_types,
    )


def matches_digest_prefix(packets: bytes, payload: bytes) -> bool:
    """Whether the two digest octets that are in a signature packet (5.2.4) are right.

    Neither gpg nor Sequoia looks at them, so without this check one signature would have
    65,536 forms, and its entry as many object ids.

    Raises:
        RecordError: GPV-401-SIGNATURE-FORM; ``packets`` is not a signature.
    """
    body = _body(packets)
    signed, end = _signed_part(body)
    name = _HASHES.get(body[3])
    if name is None:
        return False
    trailer = b"\x04\xff" + len(signed).to_bytes(4, "big")
    digest = hashlib.new(name, payload + signed + trailer, usedforsecurity=True).digest()
    return digest[:_HASH_PREFIX] == body[end : end + _HASH_PREFIX]


def _refuse(why: str) -> NoReturn:
    raise RecordError(Code.SIGNATURE_FORM, f"the signature packet {why}")


def _body(packets: bytes) -> bytes:
    """Strip the packet header (4.2), whose length must be definite, minimal and exact."""
    tag = packets[0] if packets else 0
    if tag in _OLD_FORMAT:
        octets = 1 << (tag & 3)
        size, start = int.from_bytes(packets[1 : 1 + octets], "big"), 1 + octets
        minimal = octets == 1 or size >> (4 * octets) > 0
    elif tag == _NEW_FORMAT:
        _refuse("has a header in the new format")
    else:
        _refuse("is missing: something else is in its place")
    if not minimal or len(packets) != start + size:
        _refuse("has a wrong or roundabout length, or is not alone")
    return packets[start:]


def _signed_part(body: bytes) -> tuple[bytes, int]:
    """Return the octets of a body that are hashed, and where its unhashed area ends."""
    if not body or body[0] != _VERSION:
        _refuse("is not of version 4")
    middle = _HEAD + int.from_bytes(body[4:_HEAD], "big")
    end = middle + 2 + int.from_bytes(body[middle : middle + 2], "big")
    if end + _HASH_PREFIX > len(body):
        _refuse("is cut short")
    return body[:middle], end


def _subpackets(area: bytes, *, may_be_critical: bool) -> tuple[dict[int, bytes], tuple[int, ...]]:
    """Return the understood subpackets of an area (5.2.3.1), and the types of all in order."""
    understood: dict[int, bytes] = {}
    types: list[int] = []
    at = 0
    while at < len(area):
        size, start = read_length(area, at, FIVE_OCTETS) or _NO_LENGTH
        minimal = start < at + _LONG or size >= _LONG_SUBPACKET
        at = start + size
        if size == 0 or at > len(area) or not minimal:
            _refuse("has a subpacket of wrong or roundabout length")
        kind = area[start] & ~_CRITICAL
        wanted = _UNDERSTOOD.get(kind)
        if area[start] & _CRITICAL and (wanted is None or not may_be_critical):
            _refuse(f"has a critical subpacket of type {kind} that is not understood")
        types.append(kind)
        if wanted is not None:
            if size != 1 + wanted or kind in understood:
                _refuse(f"has a malformed or repeated subpacket of type {kind}")
            understood[kind] = area[start + 1 : at]
    return understood, tuple(types)


def _issuer(hashed: dict[int, bytes], unhashed: dict[int, bytes]) -> tuple[str | None, str | None]:
    """Return (fingerprint, key id) of the issuer; whatever is stated must agree."""
    stated = {area[_ISSUER].hex().upper() for area in (hashed, unhashed) if _ISSUER in area}
    fingerprint = None
    if _FINGERPRINT in hashed:
        version, *_ = octets = hashed[_FINGERPRINT]
        if version != _VERSION:
            _refuse("names an issuer that is not a key of version 4")
        fingerprint = octets[1:].hex().upper()
        stated.add(fingerprint[-16:])
    if len(stated) > 1:
        _refuse("names two different issuers")
    return fingerprint, next(iter(stated), None)


def _check_numbers(octets: bytes, algorithm: int) -> None:
    """Require the numbers (3.2) of the algorithm, each minimal, and nothing behind them."""
    at = 0
    for _ in range(_NUMBERS.get(algorithm, 0)):
        bits = int.from_bytes(octets[at : at + 2], "big")
        first = octets[at + 2 : at + 3]
        # The first octet holds exactly the bits that the count leaves for it.
        if not bits or not first or first[0].bit_length() != (bits - 1) % 8 + 1:
            _refuse("holds a number that is cut short or not minimal")
        at += 2 + (bits + 7 >> 3)
    if at != len(octets) or not at:
        _refuse("holds other numbers than an RSA, DSA, ECDSA or EdDSA signature has")
