"""Sending the ledger to a remote."""

from __future__ import annotations

from dataclasses import replace

from gitprov.app.ledger_branch import branch_notices
from gitprov.errors import StorageError
from gitprov.model.synced import Pushed
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.sync.push_ledger import LedgerPusher, PushTools
from gitprov.service.sync.push_mirror import MirrorPusher
from gitprov.service.sync.send_steps import StepSize
from gitprov.wiring.remote_names import names_for
from gitprov.wiring.remotes import RemoteLink
from gitprov.wiring.system import wait_a_while
from gitprov.wiring.workspace import Workspace

_MOST_ENTRIES = 1_000_000


def push(workspace: Workspace, remote: str | None) -> Pushed:
    """Send the ledger, as ``gitprov push`` does; to a mirror only what was accepted elsewhere.

    Raises:
        GitprovError: as LedgerPusher.push and MirrorPusher.push.
    """
    link = RemoteLink(workspace, remote)
    notes = link.notes()
    accepting = link.accepting()
    most = workspace.settings.number("gitprov.pushEntries", 1)
    size = StepSize(int(min(most, _MOST_ENTRIES)))
    if link.names.remote != accepting:
        source = names_for(workspace, accepting)
        return MirrorPusher(link.ports, link.names, link.ledger, size).push(source)
    ports = workspace.append_ports()
    merger = MergeMaker(ports, workspace.view, workspace.signing_keys())
    tools = PushTools(
        ports=link.ports,
        names=link.names,
        ledger=link.ledger,
        merger=merger,
        pause=wait_a_while,
        derive=notes.follow,
        send_notes=notes.push,
        size=size,
    )
    pushed = LedgerPusher(tools).push()
    warnings = pushed.warnings + branch_notices(workspace)
    return replace(pushed, waiting=_waiting(workspace), warnings=warnings)


def _waiting(workspace: Workspace) -> int:
    """Count the spooled files, which a push cannot send; 0 where the spool is unreadable."""
    try:
        return len(workspace.spool.waiting())
    except StorageError:
        return 0
