"""Sizes and counts, decided before anything is inflated or parsed (step V2)."""

from __future__ import annotations

from collections.abc import Mapping

from gitprov.errors import Code
from gitprov.model.finding import Finding, error

FILE_LIMIT = 256 * 1024
ENTRY_FILES = 10_000
ENTRY_BYTES = 64 * 1024 * 1024
POLICY_SIGNERS = 1_000


def check_entry_size(sizes: list[int]) -> list[Finding]:
    """Judge how many files an entry adds and how large they are together."""
    findings = []
    if len(sizes) > ENTRY_FILES:
        findings.append(
            error(Code.LIMIT, f"{len(sizes)} files in one entry; at most {ENTRY_FILES}")
        )
    if sum(sizes) > ENTRY_BYTES:
        findings.append(
            error(Code.LIMIT, f"{sum(sizes)} bytes in one entry; at most {ENTRY_BYTES}")
        )
    return findings


def check_record_size(size: int, most: int, path: str) -> list[Finding]:
    """Judge a record against the policy's ``max_record_bytes``."""
    if size <= most:
        return []
    return [error(Code.LIMIT, f"a record of {size} bytes; the policy allows {most}", path)]


def check_policy_size(policy: Mapping[str, object], path: str) -> list[Finding]:
    """Judge how many signers a policy lists, before its schema looks at each of them."""
    signers = policy.get("signers")
    count = len(signers) if isinstance(signers, list) else 0
    if count <= POLICY_SIGNERS:
        return []
    return [error(Code.LIMIT, f"a policy of {count} signers; at most {POLICY_SIGNERS}", path)]
