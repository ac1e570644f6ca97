"""Lengths in OpenPGP packets and subpackets, in the new format (RFC 4880, 4.2.2 and 5.2.3.1)."""

from __future__ import annotations

from typing import Final

TWO_OCTETS: Final = 192
"""Lengths below it take one octet; first octets from it on begin two."""
PARTIAL: Final = 224
"""First octets of a packet from here to 254 begin a partial length."""
FIVE_OCTETS: Final = 255


def read_length(octets: bytes, at: int, partial: int) -> tuple[int, int] | None:
    """Return (length, index behind it); None where a partial length begins.

    Args:
        octets: where the length is; octets that are missing count as 0.
        at: the index of its first octet.
        partial: PARTIAL in a packet's header, FIVE_OCTETS in a subpacket's.
    """
    first = int.from_bytes(octets[at : at + 1], "big")
    if first < TWO_OCTETS:
        return first, at + 1
    if first < partial:
        second = int.from_bytes(octets[at + 1 : at + 2], "big")
        return (first - TWO_OCTETS << 8) + second + TWO_OCTETS, at + 2
    if first == FIVE_OCTETS:
        return int.from_bytes(octets[at + 1 : at + 5], "big"), at + 5
    return None
