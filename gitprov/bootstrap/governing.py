"""Builds what changes policy and keys."""

from __future__ import annotations

from gitprov.bootstrap.workspace import Workspace
from gitprov.service.enact_change import Enactor, EnactPorts
from gitprov.service.key_changes import KeyChanges


def enactor(workspace: Workspace) -> Enactor:
    """Return what enacts a change of policy or keys."""
    ports = EnactPorts(
        append=workspace.append_ports(),
        view=workspace.view,
        lock=workspace.lock,
        audit=workspace.trail,
        ids=workspace.ids,
        keys=workspace.signing_keys(),
    )
    return Enactor(ports, workspace.ref, workspace.settings.number("gitprov.lockTimeout"))


def key_changes(workspace: Workspace) -> KeyChanges:
    """Return what adds, renews and revokes the keys of a ledger."""
    return KeyChanges(enactor(workspace), workspace.clock)
