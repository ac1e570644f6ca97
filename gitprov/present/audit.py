"""The audit log as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitprov.model.audit_report import AuditReport
from gitprov.model.words import counted
from gitprov.present.text import safe, short_oid


def audit_line(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line of the log as cells: time, actor, action, and what it is about."""
    actor = fields.get("actor")
    parts = actor.values() if isinstance(actor, Mapping) else [actor or "-"]
    about = [str(fields[name]) for name in ("code", "resource", "reason") if name in fields]
    if "new" in fields:
        about.append(f"entry {short_oid(str(fields['new']))}")
    return (
        safe(str(fields.get("time", "-"))),
        safe(" ".join(str(part) for part in parts)),
        safe(str(fields.get("action", "-"))),
        safe(", ".join(about) or "-"),
    )


def report_mapping(report: AuditReport) -> dict[str, Any]:
    """Return a check as JSON."""
    return {"lines": report.lines, "head": report.head, "problems": list(report.problems)}


def report_lines(report: AuditReport) -> Iterator[str]:
    """Yield a check as lines."""
    yield from (safe(problem) for problem in report.problems)
    if not report.problems:
        yield f"{counted(report.lines, 'line')}, none changed; the head is {report.head}"
