"""How the report of a verification looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from gitprov.errors import Code
from gitprov.model.finding import Finding, Severity, Verdict
from gitprov.model.report import RemoteComparison, Report
from gitprov.model.words import counted
from gitprov.present.text import safe

_COLORS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}
_MEANINGS = {
    Verdict.PASS: "every entry checked keeps the rules",
    Verdict.FAIL: "something breaks the rules; do not trust this ledger before it is explained",
    Verdict.UNKNOWN: "nothing bad was found, but not everything could be found out",
}


def report_mapping(report: Report) -> dict[str, object]:
    """Render a report in its JSON shape."""
    return {
        "verdict": report.verdict,
        "ledger_id": report.ledger_id,
        "genesis": report.genesis,
        "tip": report.tip,
        "height": report.height,
        "entries": report.entries,
        "records": report.records,
        "signers": report.signers,
        "policy": report.policy,
        "pinned": report.pinned,
        "engine": report.engine,
        "findings": [_finding_mapping(finding) for finding in report.findings],
        "seconds": report.seconds,
        "remotes": report.remotes,
    }


def report_lines(
    report: Report, since: int | None, styled: Callable[[str, str], str]
) -> Iterator[str]:
    """Render a report for people: a line for each finding, then what it comes to.

    Args:
        report: what was found.
        since: the flag ``--since``.
        styled: gives a text a colour, or leaves it as it is.
    """
    for finding in report.findings:
        mark = "" if finding.severity is Severity.ERROR else f" ({finding.severity})"
        yield safe(finding.line()) + mark
    if report.findings:
        yield ""
    if report.tip is not None:
        yield from _checked(report, since)
    yield from map(_stand, report.remotes)
    verdict = styled(report.verdict, _COLORS[report.verdict])
    is_absent = [finding.code for finding in report.findings] == [Code.NO_LEDGER]
    meaning = "nothing is here to verify" if is_absent else _MEANINGS[report.verdict]
    yield f"verdict  {verdict}{_counts(report)}: {meaning}"


def _checked(report: Report, since: int | None) -> Iterator[str]:
    yield f"ledger   {safe(report.ledger_id or 'of unknown id')}"
    height = report.height if report.height >= 0 else "unknown: it states none"
    yield f"tip      {safe(report.tip)} at height {height}"
    part = "" if since is None else f", those above height {since} only"
    yield f"checked  {counted(report.entries, 'entry')}{part}: {_records(report)}"
    policy = report.policy or "unknown"
    yield f"by       policy {policy}, engine {report.engine}, {report.seconds:.1f} s"
    if report.pinned and report.genesis is None:
        yield "genesis  unknown, so it was not compared with the pinned one"
    elif report.pinned:
        yield f"genesis  {safe(report.genesis)}, compared with the pinned one"
    else:
        yield f"genesis  {safe(report.genesis or 'unknown')}, NOT pinned: get its id from a person"
        yield "         you trust, then: git config gitprov.genesis ID"


def _stand(found: RemoteComparison) -> str:
    ours, theirs = counted(found.ours or 0, "entry"), counted(found.theirs or 0, "entry")
    what = {
        "equal": "has the same entries as this ledger",
        "ahead": f"lacks {ours} of this ledger; send with: gitprov push",
        "behind": f"has {theirs} that this ledger lacks; fetch with: gitprov pull",
        "beside": f"has {theirs} that this ledger lacks, and lacks {ours}; join with: gitprov push",
        "unrelated": "has another ledger",
    }.get(found.stand, "cannot be compared with this ledger")
    where = "no ledger" if found.height is None else f"height {found.height}"
    return safe(f"remote   {found.remote}, at {where}, {what}")


def _records(report: Report) -> str:
    if not report.records:
        return "no records"
    return ", ".join(safe(counted(count, kind)) for kind, count in report.records.items())


def _counts(report: Report) -> str:
    counts = Counter(finding.severity for finding in report.findings)
    parts = [
        f"{counts[severity]} unknown"
        if severity is Severity.UNKNOWN
        else counted(counts[severity], severity)
        for severity in Severity
        if counts[severity]
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _finding_mapping(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "entry": finding.entry,
        "height": finding.height,
        "path": finding.path,
        "message": finding.message,
    }
