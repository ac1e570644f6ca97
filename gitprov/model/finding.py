"""Findings of checks: their severities, their precedence, the verdict that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gitprov.errors import Code


class Severity(StrEnum):
    """How much a finding weighs: error fails, unknown withholds, warning informs."""

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"


class Verdict(StrEnum):
    """The one answer of a verification."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


UNKNOWN_CODES = frozenset(
    {Code.REPO_UNSUPPORTED, Code.NEWER_SCHEMA, Code.INTERNAL, Code.TIMEOUT, Code.SIGNER, Code.BUSY}
)

# As docs/verification.md has it: limit, commit form, signature form, signature, key, identity,
# tree form, record form, guard, schema, append-only, then everything semantic.
PRECEDENCE: tuple[Code, ...] = (
    Code.REPO_UNSUPPORTED,
    Code.STORE_CORRUPT,
    Code.LIMIT,
    Code.COMMIT_FORM,
    Code.UNSIGNED,
    Code.SIGNATURE_FORM,
    Code.BAD_SIGNATURE,
    Code.UNKNOWN_KEY,
    Code.KEY_EXPIRED,
    Code.KEY_REVOKED,
    Code.IDENTITY,
    Code.TREE_FORM,
    Code.RECORD_FORM,
    Code.SILENT_EDIT,
    Code.NEWER_SCHEMA,
    Code.SCHEMA,
    Code.APPEND_ONLY,
)
_RANK = {code: rank for rank, code in enumerate(PRECEDENCE)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, bound to the place it was found at.

    Args:
        code: the stable code.
        message: why, in one sentence.
        entry: object id (40 hex) of the entry, if there is one.
        height: the height the entry claims, if known.
        path: path in the ledger's tree, if there is one.
        severity: error unless said otherwise.
    """

    code: Code
    message: str
    entry: str | None = None
    height: int | None = None
    path: str | None = None
    severity: Severity = Severity.ERROR

    def line(self) -> str:
        """Render the one line that the hook and ``verify`` print."""
        place = " ".join(part for part in ((self.entry or "")[:12], self.path) if part)
        return f"{self.code} {place}: {self.message}" if place else f"{self.code}: {self.message}"


def error(code: Code, message: str, path: str | None = None) -> Finding:
    """Make a finding whose severity follows from its code."""
    severity = Severity.UNKNOWN if code in UNKNOWN_CODES else Severity.ERROR
    return Finding(code, message, path=path, severity=severity)


def warning(code: Code, message: str, path: str | None = None) -> Finding:
    """Make a finding that informs and never fails."""
    return Finding(code, message, path=path, severity=Severity.WARNING)


def failing(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that are more than warnings; "could not find out" is not a yes."""
    return [finding for finding in findings if finding.severity is not Severity.WARNING]


def by_precedence(findings: list[Finding]) -> list[Finding]:
    """Sort the findings of one entry so that the code that counts comes first."""
    return sorted(findings, key=lambda f: _RANK.get(f.code, len(_RANK)))


def verdict_of(findings: list[Finding]) -> Verdict:
    """Fail if any error, else unknown if any unknown, else pass."""
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return Verdict.FAIL
    return Verdict.UNKNOWN if Severity.UNKNOWN in severities else Verdict.PASS
