"""Wires a verification: V0, pins, notes, and the processes that share the work (V0 to V17)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gitprov.bootstrap.workspace import Workspace
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.guard.pins import Pin
from gitprov.model.finding import Finding, warning
from gitprov.model.report import Report
from gitprov.service.derive_notes import sum_notes
from gitprov.service.verify_ledger import VerifyRequest, unreadable_ledger, verify_ledger
from gitprov.store.repository import check_supported, shallow_oids

_SEEN = re.compile(r"([0-9a-f]{40}) (0|[1-9][0-9]{0,15})\n?")
_SEEN_LIMIT = 200


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What ``gitprov verify`` was asked for.

    Args:
        genesis: a pin that counts instead of the configured one.
        pins: checkpoints that were read and found good.
        since: judge only entries accepted above this height.
        jobs: processes; None lets gitprov choose.
    """

    genesis: str | None = None
    pins: tuple[Pin, ...] = ()
    since: int | None = None
    jobs: int | None = None


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
    """
    started = workspace.clock.now_ms()
    try:
        preliminary = _preliminary(workspace)
        tip = workspace.refs.get(workspace.ref)
    except GitprovError as reason:
        return unreadable_ledger(reason, workspace.settings.require("gitprov.engine"))
    request = VerifyRequest(
        tip=tip,
        genesis=options.genesis or workspace.settings.get("gitprov.genesis"),
        pins=(*options.pins, *_seen(workspace)),
        since=options.since,
        jobs=options.jobs or os.cpu_count() or 1,
        now=workspace.clock.now(),
        shallow=frozenset(shallow_oids(workspace.ledger_place)),
        preliminary=preliminary,
        notes=lambda: sum_notes(workspace.notes),
    )
    try:
        report = verify_ledger(workspace.access_opener(), request, progress)
    except StorageError as reason:
        report = unreadable_ledger(reason, workspace.engine.name)
    return replace(report, seconds=(workspace.clock.now_ms() - started) / 1000)


def _preliminary(workspace: Workspace) -> tuple[Finding, ...]:
    """V0; a shallow file is compared with the entries once they are known."""
    replaced = check_supported(workspace.ledger_place, lambda _oid: False)
    text = "git shows another object in place of one here; gitprov ignores that"
    return tuple(warning(Code.REF_FORBIDDEN, text, name) for name in replaced)


def _seen(workspace: Workspace) -> tuple[Pin, ...]:
    """The last tips seen on remotes, as pull and push write them down."""
    folder = workspace.state_dir / "seen"
    pins = []
    for path in sorted(folder.glob("*")):
        match = _SEEN.fullmatch(_small_text(path))
        if match is not None:
            pins.append(Pin(match[1], int(match[2]), mainline=False, origin=path.name))
    return tuple(pins)


def _small_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_SEEN_LIMIT).decode("ascii", "replace")
    except OSError:
        return ""
