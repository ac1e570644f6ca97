"""Builds what talks to remotes."""

from __future__ import annotations

from gitprov.errors import Code, UsageError
from gitprov.git.notes_ref import NotesRef
from gitprov.git.program import Route
from gitprov.git.remotes import GitRemotes, named_remotes, read_remotes, transport_settings
from gitprov.local.writer_lock import FileLock
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.notes.update import NoteUpdater
from gitprov.service.sync.notes import NotesSync
from gitprov.service.sync.remote_ledger import RemoteLedger, RemotePorts
from gitprov.wiring.remote_names import names_for, open_seen
from gitprov.wiring.system import wait_a_while
from gitprov.wiring.workspace import Workspace


def open_remotes(workspace: Workspace) -> GitRemotes:
    """Return the remotes of the code repository, to be used for the ledger.

    Raises:
        StorageError: the repository's configuration cannot be read.
    """
    place, ledger = workspace.place, workspace.ledger_dir
    folder = place.work_tree or place.common_dir
    timeout = workspace.settings.number("gitprov.networkTimeout", 0.1)
    if ledger == place.common_dir:
        route = Route(ledger, folder)
        return GitRemotes(
            workspace.git, route, lambda: read_remotes(workspace.git, ledger), timeout
        )
    settings = transport_settings(workspace.git, place.common_dir)
    route = Route(ledger, folder, settings)
    return GitRemotes(workspace.git, route, lambda: named_remotes(settings), timeout)


def accepting_remote(workspace: Workspace, remotes: GitRemotes) -> str:
    """Return the one remote that accepts entries: gitprov.remote, else the only one, or origin.

    Raises:
        UsageError: GPV-422-ARGUMENT, there is none, or it is unclear which.
    """
    configured = workspace.settings.get("gitprov.remote")
    if configured is not None:
        return configured
    names = remotes.names()
    if len(names) == 1:
        return names[0]
    if "origin" in names:
        return "origin"
    if not names:
        remedy = "add one: git remote add origin URL"
        raise UsageError(Code.ARGUMENT, f"this repository has no remote; {remedy}", remedy=remedy)
    remedy = "choose one: git config gitprov.remote NAME"
    text = f"several remotes could accept the ledger: {', '.join(names)}; {remedy}"
    raise UsageError(Code.ARGUMENT, text, remedy=remedy)


def _remote_ports(workspace: Workspace, remotes: GitRemotes, lock: FileLock) -> RemotePorts:
    return RemotePorts(
        remotes=remotes,
        seen=open_seen(workspace),
        refs=workspace.refs_under(lock),
        access=LedgerAccess(workspace.objects, workspace.engine, None),
        view=workspace.view,
        lock=lock,
        clock=workspace.clock,
        patience=workspace.settings.number("gitprov.lockTimeout"),
    )


def open_remote_ledger(
    workspace: Workspace, remote: str | None = None, genesis: str | None = None
) -> RemoteLedger:
    """Open a remote's ledger, to meet or to follow it; so does init when it joins one.

    Args:
        workspace: where we are; it may have no ledger yet.
        remote: the remote's name; None is the accepting one.
        genesis: the genesis that it must have; None takes the pinned one, if there is a pin.

    Raises:
        UsageError: GPV-422-ARGUMENT, no such remote.
    """
    return RemoteLink(workspace, remote, genesis).ledger


class RemoteLink:
    """The adapters and use cases for one remote.

    Args:
        workspace: the repository; it may have no ledger yet.
        remote: the remote's name; None is the accepting one.
        genesis: the genesis that its ledger must have; None takes the pinned one, if any.
    """

    def __init__(
        self, workspace: Workspace, remote: str | None, genesis: str | None = None
    ) -> None:
        remotes = open_remotes(workspace)
        self._workspace = workspace
        self._remotes = remotes
        self.names = names_for(workspace, remote or self.accepting())
        remotes.require(self.names.remote)
        self._lock = workspace.lock_for(self.names.tracking)
        self.ports = _remote_ports(workspace, remotes, self._lock)
        pin = genesis or workspace.settings.get("gitprov.genesis")
        self.ledger = RemoteLedger(self.ports, self.names, pin)

    def accepting(self) -> str:
        """Return the name of the accepting remote."""
        return accepting_remote(self._workspace, self._remotes)

    def notes(self) -> NotesSync:
        """Return what keeps the notes here and on the remote in step."""
        workspace = self._workspace
        refs = workspace.refs_under(self._lock)
        notes = NotesRef(workspace.objects, workspace.trees, refs, self.names.notes)
        updater = NoteUpdater(notes, workspace.clock, workspace.noted_runs)
        return NotesSync(self.ports, self.names, notes, updater, wait_a_while)
