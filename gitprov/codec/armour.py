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
_KEPT: Final = 64  # blocks whose decoding is remembered; 32 entries are judged side by side
_CRC_START: Final = 0xB704CE
_CRC_POLYNOMIAL: Final = 0x1864CFB


def _crc_powers() -> list[int]:
    """Return what each bit of a 32-bit word adds to the checksum, lowest bit first."""
    powers = [_CRC_POLYNOMIAL & 0xFFFFFF]
    while len(powers) < 32:  # noqa: PLR2004 - bits of a word
        powers.append(powers[-1] << 1 ^ (_CRC_POLYNOMIAL if powers[-1] & 0x800000 else 0))
    return powers


def _crc_table(powers: list[int]) -> tuple[int, ...]:
    """Tabulate what every combination of these bits adds."""
    table = [0]
    for power in powers:
        table += [value ^ power for value in table]
    return tuple(table)


_POWERS: Final = _crc_powers()
_CRC_LOW: Final = _crc_table(_POWERS[:10])
_CRC_MIDDLE: Final = _crc_table(_POWERS[10:21])
_CRC_HIGH: Final = _crc_table(_POWERS[21:])


def crc24(octets: bytes) -> int:
    """Compute the checksum of section 6.1, four octets at a time: every entry needs one."""
    low, middle, high = _CRC_LOW, _CRC_MIDDLE, _CRC_HIGH
    words = len(octets) >> 2
    crc = _CRC_START
    for word in Struct(f">{words}I").unpack_from(octets):
        bits = word ^ crc << 8
        crc = high[bits >> 21] ^ middle[bits >> 10 & 2047] ^ low[bits & 1023]
    for octet in octets[words << 2 :]:
        crc = (crc << 8 & 0xFFFFFF) ^ low[crc >> 16 ^ octet]
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
