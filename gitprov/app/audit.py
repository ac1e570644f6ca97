"""The audit log: shown, checked against signed heads, pruned (6.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gitprov.errors import Code, UsageError
from gitprov.model.audit_report import AuditReport
from gitprov.model.finding import Finding, warning
from gitprov.model.times import DAY_MS, format_time
from gitprov.wiring.settings import Settings
from gitprov.wiring.workspace import Workspace

LEAST_DAYS = 180
FOREVER = "forever"


def audit_lines(workspace: Workspace, action: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield what the lines of the audit log say, oldest first; damaged ones are left out.

    Args:
        workspace: the repository.
        action: only lines of this action.
    """
    for line in workspace.audit.lines():
        if line.fields is not None and action in {None, line.fields.get("action")}:
            yield line.fields


def check_audit(workspace: Workspace, heads: Sequence[str] = ()) -> AuditReport:
    """Check the chain, and that every head is in it which a checkpoint has signed.

    Args:
        workspace: the repository.
        heads: of checkpoints, besides those that were written here.
    """
    return workspace.audit.check(*heads)


def audit_warnings(workspace: Workspace, heads: Sequence[tuple[str, str]]) -> tuple[Finding, ...]:
    """Hold checkpoints against the audit log; the ledger's verdict does not hang on it.

    Every clone has a log of its own. So a head counts that was signed here, as this repository
    remembers, or by the key that records here.

    Args:
        workspace: the repository.
        heads: (audit_head, signer) of each checkpoint.
    """
    ours = {workspace.settings.get("gitprov.key"), workspace.settings.get("gitprov.agentKey")}
    known = [head for head, signer in heads if signer in ours]
    if not heads:
        return ()
    text = "the audit log of this repository was changed: {}; see gitprov audit check"
    problems = workspace.audit.check(*known).problems
    return tuple(warning(Code.ROLLBACK, text.format(problem)) for problem in problems)


def prune_audit(workspace: Workspace) -> list[str]:
    """Remove the rotated files that are older than `gitprov.auditKeep`; return their names.

    Raises:
        UsageError: GPV-422-ARGUMENT, the setting is no number of days, or below 180.
        StorageError: GPV-507-STORAGE.
    """
    days = _kept_days(workspace.settings)
    if days is None:
        return []
    before = format_time(max(0, workspace.clock.now_ms() - int(days * DAY_MS)))
    return workspace.audit.prune(before, workspace.trail.context())


def _kept_days(settings: Settings) -> float | None:
    if settings.require("gitprov.auditKeep") == FOREVER:
        return None
    try:
        return settings.number("gitprov.auditKeep", LEAST_DAYS)
    except UsageError as reason:
        text = f"{reason.message} of days, or {FOREVER}"
        raise UsageError(reason.code, text, **reason.details) from None
