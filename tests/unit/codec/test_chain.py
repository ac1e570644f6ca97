"""The SHA-256 chain inside the signed message (2.8)."""

from __future__ import annotations

from hashlib import sha256
from itertools import permutations

from gitprov.codec.chain import chain_digest, sha256_hex

PLACE = ("4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb", 3, 1_730_000_000)
KEY = "A" * 40
PARENTS = ["1" * 64, "2" * 64]
FILES = [("runs/b", "b" * 64), ("runs/a", "a" * 64)]


def test_the_digest_is_of_these_lines() -> None:
    text = (
        f"gitprov-chain-v1\n{PLACE[0]} 3 1730000000 {KEY}\n{'1' * 64}\n{'2' * 64}\n"
        f"runs/a {'a' * 64}\nruns/b {'b' * 64}\n"
    )
    assert chain_digest(PLACE, KEY, PARENTS, FILES) == sha256(text.encode()).hexdigest()
    alone = f"gitprov-chain-v1\n{PLACE[0]} 3 1730000000 {KEY}\n"
    assert chain_digest(PLACE, KEY, [], []) == sha256(alone.encode()).hexdigest()


def test_the_order_of_files_does_not_count_that_of_parents_does() -> None:
    assert len({chain_digest(PLACE, KEY, PARENTS, files) for files in permutations(FILES)}) == 1
    assert len({chain_digest(PLACE, KEY, order, FILES) for order in permutations(PARENTS)}) == 2


def test_every_part_counts() -> None:
    digests = {
        chain_digest(PLACE, KEY, PARENTS, FILES),
        chain_digest((PLACE[0].replace("4d", "5d"), *PLACE[1:]), KEY, PARENTS, FILES),
        chain_digest((PLACE[0], 4, PLACE[2]), KEY, PARENTS, FILES),
        chain_digest((*PLACE[:2], PLACE[2] + 1), KEY, PARENTS, FILES),
        chain_digest(PLACE, "B" * 40, PARENTS, FILES),
        chain_digest(PLACE, KEY, PARENTS[:1], FILES),
        chain_digest(PLACE, KEY, PARENTS, FILES[:1]),
        chain_digest(PLACE, KEY, PARENTS, [("runs/a", "b" * 64), ("runs/b", "a" * 64)]),
    }
    assert len(digests) == 8


def test_content_is_digested_in_lower_case() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
