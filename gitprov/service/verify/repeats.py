"""Finds ids that appear more than once in a ledger, in a few bytes per record (V9)."""

from __future__ import annotations

from array import array
from hashlib import blake2b
from itertools import pairwise


class RepeatFinder:
    """Remembers a 64-bit digest and the entry's position for every value it is shown."""

    def __init__(self) -> None:
        self._digests = array("Q")
        self._positions = array("i")

    def add(self, value: str, position: int) -> None:
        """Show one value, with the position of the entry that holds it."""
        raw = blake2b(value.encode("utf-8"), digest_size=8).digest()
        self._digests.append(int.from_bytes(raw, "big"))
        self._positions.append(position)

    def merge(self, other: RepeatFinder) -> None:
        """Take over what another finder was shown."""
        self._digests += other._digests
        self._positions += other._positions

    def repeated_positions(self) -> list[int]:
        """Positions of entries that repeat an earlier value; a chance of 2**-64 a pair."""
        order = sorted(range(len(self._digests)), key=self._digests.__getitem__)
        repeated = []
        for before, after in pairwise(order):
            if self._digests[before] == self._digests[after]:
                repeated.append(max(self._positions[before], self._positions[after]))
        return sorted(repeated)
