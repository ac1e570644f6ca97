"""Looks for credentials in a record before it is written: a ledger never forgets (R-37).

Only the writer asks: on a ledger a record is judged by its form. Only patterns that
hardly anything else has are looked for, so that no honest record is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gitprov.errors import Code
from gitprov.model.finding import Finding, error

# Kind of secret -> its pattern. No pattern can match in more than one way.
_PATTERNS = {
    "a private key": r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[opsru]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z]{22}_",
    "a GitLab token": r"\bglpat-[0-9A-Za-z_-]{20}",
    "a Slack token": r"\bxox[abeprs]-[0-9A-Za-z-]{10}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
    "an API key": r"\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{32}|\b[rs]k_live_[0-9A-Za-z]{16}",
    "a package registry's token": r"\bnpm_[0-9A-Za-z]{36}|\bpypi-AgE[0-9A-Za-z_-]{50}",
    "a JSON web token": r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,200}:[^\s/@]{1,200}@",
}
_NAMES = tuple(_PATTERNS)
# Text that every secret contains: most records hold none of it and cost next to nothing.
_MARKS = (
    *(b"PRIVATE KEY", b"AKIA", b"ASIA", b"gho_", b"ghp_", b"ghs_", b"ghr_", b"ghu_"),
    *(b"github_pat_", b"glpat-", b"xox", b"AIza", b"sk-", b"k_live_", b"npm_", b"pypi-"),
    *(b"eyJ", b"://"),
)
_ANY_MARK = re.compile(b"|".join(map(re.escape, _MARKS)))
_ANY = re.compile("|".join(f"({pattern})" for pattern in _PATTERNS.values()))


def may_hold_secret(content: bytes) -> bool:
    """Whether it is worth while to look closer at a record's canonical bytes."""
    return _ANY_MARK.search(content) is not None


def check_secrets(record: Mapping[str, object], path: str | None = None) -> list[Finding]:
    """Judge whether a record carries what looks like a credential; it is never repeated.

    Args:
        record: plain values.
        path: path in the ledger's tree, for the finding.
    """
    findings = []
    for field, text in _texts(record, ""):
        found = _ANY.search(text)
        if found is not None and found.lastindex is not None:
            what = _NAMES[found.lastindex - 1]
            reason = f"{field} holds {what}; a record is kept for ever, so leave it out"
            findings.append(error(Code.SCHEMA, reason, path))
    return findings


def _texts(value: object, field: str) -> Iterator[tuple[str, str]]:
    """Yield every text with the field it is in, keys of mappings included."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            name = f"{field}.{key}" if field else str(key)
            yield f"a key of {field or 'the record'}", str(key)
            yield from _texts(inner, name)
    elif isinstance(value, Sequence):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{field}.{number}")
