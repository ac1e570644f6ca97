"""Showing one record, or what one entry added."""

from __future__ import annotations

from gitprov.app.open_ledger import OpenedLedger
from gitprov.errors import Code, StorageError, UsageError
from gitprov.service.read.show_record import RecordViewer, Shown
from gitprov.wiring.workspace import Workspace


def show(opened: OpenedLedger, name: str) -> Shown:
    """Show what a name means, with the verdict on its entry.

    Args:
        opened: the ledger.
        name: a record's id or its beginning, ``KIND:ID``, or an entry's object id.

    Raises:
        UsageError: GPV-404-LINK, the ledger has none (a record that waits in the spool is named
            as such); GPV-422-ARGUMENT, the name may mean several.
    """
    try:
        return _viewer(opened).show(name)
    except UsageError as reason:
        _require_not_waiting(opened.workspace, name, reason)
        raise


def show_raw(opened: OpenedLedger, name: str) -> bytes:
    """Return the stored bytes of a record.

    Raises:
        UsageError: as show.
    """
    try:
        return _viewer(opened).raw(name)
    except UsageError as reason:
        _require_not_waiting(opened.workspace, name, reason)
        raise


def _viewer(opened: OpenedLedger) -> RecordViewer:
    workspace = opened.workspace
    return RecordViewer(opened.reader, workspace.engine, opened.tip, workspace.clock.now())


def _require_not_waiting(workspace: Workspace, name: str, reason: UsageError) -> None:
    """Tell a record that is not on the ledger yet from one that never was."""
    if reason.code is not Code.LINK:
        return
    try:
        is_waiting = name.rpartition(":")[2].lower() in workspace.spool.record_ids()
    except StorageError:
        return  # doctor says what is wrong with the spool
    if is_waiting:
        text = f"{name} waits in the spool and is not on the ledger yet; run gitprov flush"
        raise UsageError(Code.LINK, text)
