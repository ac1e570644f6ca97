"""Times are bounded, never trusted for order (step V7)."""

from __future__ import annotations

from collections.abc import Sequence

from gitprov.errors import Code
from gitprov.model.finding import Finding, Severity, error

SKEW_SECONDS = 600
SKEW_MS = SKEW_SECONDS * 1000


def check_time(seconds: int, parents: Sequence[int], now: int, *, accepting: bool) -> list[Finding]:
    """Judge an entry's time.

    Args:
        seconds: the entry's Unix seconds.
        parents: its parents' Unix seconds.
        now: the judge's clock, Unix seconds.
        accepting: True where an entry is let in; offline, a time in the judge's future is
            "could not find out", because either clock may be wrong.
    """
    findings = []
    if any(seconds < parent for parent in parents):
        findings.append(error(Code.CLOCK, "the entry's time is earlier than its parent's"))
    if seconds > now + SKEW_SECONDS:
        text = f"the entry's time is {seconds - now} s in the future; check both clocks"
        severity = Severity.ERROR if accepting else Severity.UNKNOWN
        findings.append(Finding(Code.CLOCK, text, severity=severity))
    return findings
