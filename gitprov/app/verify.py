"""Verifying a ledger: V0, pins, notes, and the processes that share the work (V0 to V17)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from gitprov.app.audit import audit_warnings
from gitprov.app.checkpoint import read_pins
from gitprov.app.compare_remotes import compare, compare_seen
from gitprov.app.recover import lost_findings
from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.git.repository import check_supported, shallow_oids
from gitprov.git.unsafe_objects import require_ending_objects
from gitprov.guard.pins import Pin
from gitprov.model.finding import Finding, Verdict, warning
from gitprov.model.overrides import Overrides
from gitprov.model.report import Report
from gitprov.service.notes.derive import sum_notes
from gitprov.service.notes.note_sum import NoteSum
from gitprov.service.verify.ledger import VerifyRequest, unreadable_ledger, verify_ledger
from gitprov.wiring.remotes import open_remote_ledger
from gitprov.wiring.workspace import Workspace, open_workspace

_NO_LEDGER_CODES = frozenset({Code.NO_LEDGER, Code.REPO_UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How to verify.

    Args:
        genesis: a pin that counts instead of the configured one.
        pins: checkpoints that were read and found good.
        audit_heads: (audit_head, signer) of those checkpoints.
        since: judge only entries accepted above this height.
        jobs: processes; None lets gitprov choose.
        remote: verify what this remote has, instead of the ledger here.
    """

    genesis: str | None = None
    pins: tuple[Pin, ...] = ()
    audit_heads: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    jobs: int | None = None
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    """The tip to verify, with its pins and notes."""

    tip: str | None
    pins: tuple[Pin, ...]
    notes: Callable[[], NoteSum] | None


def verify(
    workspace: Workspace,
    options: VerifyOptions,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Verify the workspace's ledger.

    Args:
        workspace: where it is.
        options: what was asked for.
        progress: called with (entries done, entries in all).

    Raises:
        UsageError, StorageError: the remote that was named cannot be reached.
    """
    started = workspace.clock.now_ms()
    try:
        preliminary = _preliminary(workspace) + audit_warnings(workspace, options.audit_heads)
        local = workspace.refs.get(workspace.ref)
    except GitprovError as reason:
        return unreadable_ledger(reason, workspace.settings.require("gitprov.engine"))
    target = _target(workspace, options, local)
    request = VerifyRequest(
        tip=target.tip,
        genesis=options.genesis or workspace.settings.get("gitprov.genesis"),
        pins=(*options.pins, *target.pins),
        since=options.since,
        jobs=options.jobs or os.cpu_count() or 1,
        now=workspace.clock.now(),
        shallow=frozenset(shallow_oids(workspace.ledger_place)),
        preliminary=preliminary,
        notes=target.notes,
    )
    try:
        report = verify_ledger(workspace.access_opener(), request, progress)
    except StorageError as reason:
        report = unreadable_ledger(reason, workspace.engine.name)
    if options.remote is None:
        remotes = compare_seen(workspace, local)
    else:
        remotes = (compare(workspace, local, options.remote, target.tip, None),)
    seconds = (workspace.clock.now_ms() - started) / 1000
    # What is missing is no fault of what is there: it comes last.
    findings = (*report.findings, *lost_findings(workspace))
    return replace(report, seconds=seconds, remotes=remotes, findings=findings)


def verify_with_checkpoints(
    overrides: Overrides,
    options: VerifyOptions,
    checkpoints: Sequence[BinaryIO],
    progress: Callable[[int, int], None],
) -> Report:
    """Verify the ledger of a repository, and compare it with checkpoint files.

    A repository that cannot be read, or has no ledger, gives a report that says so.

    Args:
        overrides: what flags say about settings.
        options: what was asked for.
        checkpoints: files that the ledger must still contain.
        progress: called with (entries done, entries in all).

    Raises:
        RecordError, SignatureError, StorageError: a checkpoint file is bad, and the ledger is not.
        UsageError: the remote that was named cannot be reached.
    """
    try:
        workspace = open_workspace(overrides)
    except GitprovError as reason:
        if reason.code in _NO_LEDGER_CODES:
            return unreadable_ledger(reason, overrides.engine or "none")
        raise
    try:
        read = read_pins(workspace, checkpoints)
        pinned = replace(options, pins=read.pins, audit_heads=read.audit_heads)
    except (RecordError, StorageError):
        # If the ledger itself is broken, that is the better answer; else the file is.
        report = verify(workspace, options, progress)
        if report.verdict is not Verdict.FAIL:
            raise
        return report
    return verify(workspace, pinned, progress)


def _target(workspace: Workspace, options: VerifyOptions, local: str | None) -> _Target:
    if options.remote is None:
        # A ledger here may be behind a remote, or beside it; that is not a finding (V16).
        return _Target(local, (), lambda: sum_notes(workspace.notes))
    tip, pins = open_remote_ledger(workspace, options.remote).look()
    return _Target(tip, pins, None)


def _preliminary(workspace: Workspace) -> tuple[Finding, ...]:
    """V0; a shallow file is compared with the entries once they are known."""
    require_ending_objects(workspace.ledger_dir / "objects")
    replaced = check_supported(workspace.ledger_place, lambda _oid: False)
    text = "git shows another object in place of one here; gitprov ignores that"
    return tuple(warning(Code.REF_FORBIDDEN, text, name) for name in replaced)
