"""Turns the findings of a judgement into the error that its caller raises."""

from __future__ import annotations

from collections.abc import Iterable

from gitprov.errors import RefusedError, SignatureUnknownError
from gitprov.model.finding import Finding, Severity, failing


def require_good(
    findings: Iterable[Finding], before: str = "", behind: str = "", **details: object
) -> None:
    """Raise the first finding that is more than a warning; the details list all of them.

    Args:
        findings: in the order of precedence.
        before: what the message begins with; else the path of the finding.
        behind: what the message ends with.
        details: further details of the error.

    Raises:
        RefusedError: something is bad.
        SignatureUnknownError: nothing is bad, but something could not be found out.
    """
    bad = failing(findings)
    if not bad:
        return
    first = bad[0]
    place = before or (f"{first.path}: " if first.path else "")
    text = f"{place}{first.message}{behind}"
    if all(finding.severity is Severity.UNKNOWN for finding in bad):
        raise SignatureUnknownError(first.code, text, findings=bad, **details)
    raise RefusedError(first.code, text, **{"findings": bad, "path": first.path, **details})
