"""Builds what changes policy and keys."""

from __future__ import annotations

from gitprov.app.sync import accepting_remote, open_remotes, pull
from gitprov.errors import Code, RefusedError, StorageError, UsageError
from gitprov.service.govern.enact_change import Enactor, EnactPorts
from gitprov.service.govern.key_changes import KeyChanges
from gitprov.service.ledger.relation import TipRelation
from gitprov.wiring.workspace import Workspace


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


def catch_up(workspace: Workspace) -> str | None:
    """Follow the accepting remote: a change of policy has to stand on its last entry.

    A merge cannot bring one (V14), so a change that is made beside the remote's tip could never
    land there.

    Returns:
        The remote's name; None if there is none to follow.

    Raises:
        RefusedError: GPV-409-NON-FF, both sides have new entries; and as pull.
        StorageError: the remote cannot be asked.
    """
    if workspace.refs.get(workspace.ref) is None:
        return None
    try:
        remote = accepting_remote(workspace, open_remotes(workspace))
    except UsageError:
        return None
    try:
        pulled = pull(workspace, remote)
    except UsageError as reason:
        if reason.code is not Code.NO_LEDGER:
            raise
        return remote  # it gets its first one from here
    except StorageError as reason:
        text = f"{reason.message}; a change of policy has to stand on the remote's last entry"
        remedy = "to make it here all the same: --offline"
        raise type(reason)(reason.code, f"{text}; {remedy}", **reason.details) from reason
    if pulled.stand == TipRelation.BESIDE:
        text = f"both {remote!r} and you have new entries, and a change of policy made here could"
        remedy = "bring them together first: gitprov push"
        raise RefusedError(Code.NON_FF, f"{text} never be merged; {remedy}", remedy=remedy)
    return remote
