"""ASCII armour in its one canonical form (docs/format.md); pure.

Guarantee: whatever :func:`dearmour` accepts, :func:`armour` turns into the same bytes again.
Section numbers are those of RFC 4880.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from struct import Struct
from typing import Final

from gitprov.errors import Code, RecordError

SIGNATURE: Final = "SIGNATURE"
PUBLIC_KEY: Final = "PUBLIC KEY BLOCK"

_LINE: Final = 64
_FRAMES: Final = {
    kind: (f"-----BEGIN PGP {kind}-----\n\n".encode(), f"\n-----END PGP {kind}-----".encode())
    for kind in (SIGNATURE, PUBLIC_KEY)
}
_CRC_LINE: Final = 6  # LF, "=", four base64 characters
_KEPT: Final = 16  # blocks whose decoding is remembered
_CRC_START: Final = 0xB704CE
_CRC_POLYNOMIAL: Final = 0x1864CFB


def _crc_tables() -> tuple[tuple[int, ...], ...]:
    """Tabulate what an octet adds to the checksum, with 0 to 3 octets behind it."""
    first = []
    for octet in range(256):
        crc = octet << 16
        for _ in range(8):
            crc = crc << 1 ^ (_CRC_POLYNOMIAL if crc & 0x800000 else 0)
        first.append(crc)
    tables = [tuple(first)]
    for _ in range(3):
        tables.append(tuple((crc << 8 & 0xFFFFFF) ^ first[crc >> 16] for crc in tables[-1]))
    return tuple(tables)


_CRC_0, _CRC_1, _CRC_2, _CRC_3 = _crc_tables()


def crc24(octets: bytes) -> int:
    """Compute the checksum of section 6.1, four octets at a time (every entry needs one)."""
    c0, c1, c2, c3 = _CRC_0, _CRC_1, _CRC_2, _CRC_3
    words = len(octets) >> 2
    crc = _CRC_START
    for word in Struct(f">{words}I").unpack_from(octets):
        mixed = word ^ crc << 8
        crc = c3[mixed >> 24] ^ c2[mixed >> 16 & 255] ^ c1[mixed >> 8 & 255] ^ c0[mixed & 255]
    for octet in octets[words << 2 :]:
        crc = (crc << 8 & 0xFFFFFF) ^ c0[crc >> 16 ^ octet]
    return crc


def armour(packets: bytes, kind: str = SIGNATURE) -> bytes:
    """Wrap packets: no armour headers, 64 columns, CRC-24 line, LF, no final LF."""
    text = b2a_base64(packets, newline=False)
    lines = b"\n".join([text[at : at + _LINE] for at in range(0, len(text), _LINE)])
    check = b2a_base64(crc24(packets).to_bytes(3, "big"), newline=False)
    head, tail = _FRAMES[kind]
    return b"%b%b\n=%b%b" % (head, lines, check, tail)


def dearmour(block: bytes, kind: str = SIGNATURE, code: Code = Code.SIGNATURE_FORM) -> bytes:
    """Return the packets of one canonical armoured block.

    Raises:
        RecordError: ``code``; the block is empty, or not byte for byte what :func:`armour`
            yields.
    """
    packets = _decode(block, kind)
    if not packets:
        raise RecordError(
            code,
            f"not exactly one PGP {kind} block in its one form: no headers, lines of 64 columns,"
            " a checksum line, LF line ends, nothing before or behind it",
        )
    return packets


@lru_cache(_KEPT)
def _decode(block: bytes, kind: str) -> bytes:
    """Return the packets, none if the block is not canonical.

    The grammar of commits, the judge and the engine ask for the same block one after another.
    """
    head, tail = _FRAMES[kind]
    if not (block.startswith(head) and block.endswith(tail)):
        return b""
    try:
        packets = a2b_base64(block[len(head) : -len(tail) - _CRC_LINE])
    except Base64Error:
        return b""
    return packets if armour(packets, kind) == block else b""
