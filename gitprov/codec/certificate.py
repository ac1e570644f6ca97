"""Certificate files of a ledger and their packets (6.1); pure.

Section numbers are those of RFC 4880.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn

from gitprov.codec.armour import PUBLIC_KEY, armour, dearmour
from gitprov.errors import Code, RecordError

_IS_PACKET: Final = 0x80
_NEW_FORMAT: Final = 0x40
_INDEFINITE: Final = 3  # the old format's length type without a length
_TWO_OCTETS, _PARTIAL, _FIVE_OCTETS = 192, 224, 255

_SIGNATURE: Final = 2
_REVOCATIONS: Final = frozenset({0x20, 0x28, 0x30})
_OLD_SIGNATURE: Final = 3  # this version has one octet more before the type


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


def without_revocations(packets: bytes) -> bytes:
    """Return the packets of a certificate less its revocation signatures (5.2.1).

    An engine then says whether a signature is good, and not whether its key was revoked, which
    gpg and Sequoia answer differently.

    Raises:
        RecordError: GPV-422-POLICY; packets that are cut short or of indefinite length.
    """
    return b"".join(whole for whole, body in _split(packets) if not _is_revocation(whole, body))


def _is_revocation(whole: bytes, body: bytes) -> bool:
    tag = whole[0] & 0x3F if whole[0] & _NEW_FORMAT else whole[0] >> 2 & 0x0F
    if tag != _SIGNATURE:
        return False
    at = 2 if body[:1] == bytes([_OLD_SIGNATURE]) else 1
    return bool(_REVOCATIONS.intersection(body[at : at + 1]))


def _split(packets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (whole packet, its body) of each packet (4.2)."""
    at = 0
    while at < len(packets):
        size, start = _header(packets, at)
        end = start + size
        if end > len(packets):
            _refuse("is cut short")
        yield packets[at:end], packets[start:end]
        at = end


def _header(packets: bytes, at: int) -> tuple[int, int]:
    """Return the length of a packet's body, and where it begins."""
    tag = packets[at]
    if not tag & _IS_PACKET:
        _refuse("is none")
    if not tag & _NEW_FORMAT:
        if tag & 3 == _INDEFINITE:
            _refuse("has an indefinite length")
        octets = 1 << (tag & 3)
        return int.from_bytes(packets[at + 1 : at + 1 + octets], "big"), at + 1 + octets
    first = int.from_bytes(packets[at + 1 : at + 2], "big")
    if first < _TWO_OCTETS:
        return first, at + 2
    if first < _PARTIAL:
        second = int.from_bytes(packets[at + 2 : at + 3], "big")
        return (first - _TWO_OCTETS << 8) + second + _TWO_OCTETS, at + 3
    if first < _FIVE_OCTETS:
        _refuse("has a partial length")
    return int.from_bytes(packets[at + 2 : at + 6], "big"), at + 6


def _refuse(why: str) -> NoReturn:
    raise RecordError(Code.POLICY, f"a packet of the certificate {why}")
