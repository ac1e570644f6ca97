"""The SHA-256 chain inside the signed message (2.8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_DOMAIN = "gitprov-chain-v1\n"


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of content as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def chain_digest(
    place: tuple[str, int, int],
    fingerprint: str,
    parents: Iterable[str],
    files: Iterable[tuple[str, str]],
) -> str:
    """Compute an entry's chain value.

    Args:
        place: ledger id, height and Unix seconds of the entry.
        fingerprint: the signer's primary key, 40 upper-case hex digits.
        parents: the parents' chain values (64 hex), in parent order.
        files: (path, SHA-256 hex of the content) of every added file, in any order.
    """
    ledger_id, height, seconds = place
    lines = [f"{ledger_id} {height} {seconds} {fingerprint}\n"]
    lines += [f"{chain}\n" for chain in parents]
    lines += [f"{path} {digest}\n" for path, digest in sorted(files)]
    return sha256_hex((_DOMAIN + "".join(lines)).encode("utf-8"))
