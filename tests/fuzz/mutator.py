"""Turns seeds into inputs: the same number gives the same input, so every failure replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

_NUMBERS = (b"0", b"1", b"-1", b"9", b"00", b"4294967296", b"9007199254740992", b"1e5", b"-0")
_BYTES = (b"\x00", b"\n", b"\r\n", b" ", b"\t", b"\xff", b"\x7f", b"\xc2\xa0", b"\xed\xa0\x80")
_MOST_CHANGES = 5
_LONGEST_REPEAT = 64


class Mutator:
    """Makes inputs out of seeds.

    Args:
        seeds: good and bad inputs; not empty.
        words: bytes that mean something to the target.
        seed: chooses the row of inputs.
        longest: no input is longer, in bytes.
    """

    def __init__(
        self, seeds: Sequence[bytes], words: Sequence[bytes], seed: int, longest: int
    ) -> None:
        self._seeds = [seed for seed in seeds if len(seed) <= longest]
        self._words = (*words, *_NUMBERS, *_BYTES)
        self._seed = seed
        self._longest = longest
        self._random = Random()
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip,
            self._overwrite,
            self._insert,
            self._cut,
            self._word,
            self._word_over,
            self._copy,
            self._swap_lines,
            self._splice,
            self._end,
        )

    def make(self, number: int) -> bytes:
        """Return one input; the first ones are the seeds as they are."""
        if number < len(self._seeds):
            return self._seeds[number]
        chance = self._random
        chance.seed(self._seed << 64 | number)
        data = bytearray(self._seeds[int(chance.random() * len(self._seeds))])
        # Mostly one change: what is refused for one reason hides what another change would do.
        for _ in range(1 + int(chance.random() ** 3 * _MOST_CHANGES)):
            self._ways[int(chance.random() * len(self._ways))](data)
        del data[self._longest :]
        return bytes(data)

    def _at(self, data: bytearray) -> int:
        return int(self._random.random() * (len(data) + 1))

    def _some(self, most: int) -> int:
        return 1 + int(self._random.random() ** 2 * most)

    def _flip(self, data: bytearray) -> None:
        if data:
            bit = int(self._random.random() * len(data) * 8)
            data[bit >> 3] ^= 1 << (bit & 7)

    def _overwrite(self, data: bytearray) -> None:
        at = self._at(data)
        data[at : at + 1] = bytes([int(self._random.random() * 256)])

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.randbytes(self._some(4))

    def _cut(self, data: bytearray) -> None:
        at = self._at(data)
        del data[at : at + self._some(40)]

    def _word(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.choice(self._words)

    def _word_over(self, data: bytearray) -> None:
        at, word = self._at(data), self._random.choice(self._words)
        data[at : at + len(word)] = word

    def _copy(self, data: bytearray) -> None:
        start, at = self._at(data), self._at(data)
        part = data[start : start + self._some(80)]
        data[at:at] = part * (1 if self._random.random() < 0.9 else self._some(_LONGEST_REPEAT))

    def _swap_lines(self, data: bytearray) -> None:
        lines = bytes(data).splitlines(keepends=True)
        if len(lines) > 1:
            one, two = (int(self._random.random() * len(lines)) for _ in range(2))
            lines[one], lines[two] = lines[two], lines[one]
            data[:] = b"".join(lines)

    def _splice(self, data: bytearray) -> None:
        """Put in a part of another seed, at the same place of the line or anywhere."""
        other = self._seeds[int(self._random.random() * len(self._seeds))]
        start = int(self._random.random() * (len(other) + 1))
        at = min(start, len(data)) if self._random.random() < 0.5 else self._at(data)
        size = self._some(120)
        data[at : at + (size if self._random.random() < 0.5 else 0)] = other[start : start + size]

    def _end(self, data: bytearray) -> None:
        if self._random.random() < 0.5:
            del data[self._at(data) :]
        else:
            data += self._random.choice(self._words)
