"""Wires what talks to remotes: pull, push, and joining a ledger that a remote already has."""

from __future__ import annotations

from dataclasses import replace

from gitprov.errors import Code, StorageError, UsageError
from gitprov.git.notes_ref import NotesRef
from gitprov.git.program import Route
from gitprov.git.remotes import GitRemotes, named_remotes, read_remotes, transport_settings
from gitprov.local.writer_lock import FileLock
from gitprov.model.reappended import Reappended
from gitprov.model.refs import PARKED
from gitprov.model.synced import Pulled, Pushed
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.tip import current_tip
from gitprov.service.notes.derive import NoteRebuilder
from gitprov.service.notes.update import NoteUpdater
from gitprov.service.sync.meet_remote import RemoteLedger, RemotePorts
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.sync.notes import NotesSync
from gitprov.service.sync.pull_ledger import pull_ledger
from gitprov.service.sync.push_ledger import LedgerPusher, PushTools
from gitprov.service.sync.push_mirror import MirrorPusher
from gitprov.service.sync.reappend import Reappender, ReappendTools
from gitprov.wiring.remote_names import names_for, open_seen
from gitprov.wiring.system import wait_a_while
from gitprov.wiring.workspace import Housekeeping, Workspace


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
    return _Link(workspace, remote, genesis).ledger


def pull(workspace: Workspace, remote: str | None) -> Pulled:
    """Follow a remote's ledger, as ``gitprov pull`` does.

    Raises:
        UsageError: GPV-404-NO-LEDGER, there is none there, or none here to compare it with.
        GitprovError: as RemoteLedger.follow.
    """
    is_pinned = workspace.settings.get("gitprov.genesis") is not None
    if not is_pinned and workspace.refs.get(workspace.ref) is None:
        text = "no ledger here, and no pinned genesis to tell whether the remote's is the right one"
        raise UsageError(Code.NO_LEDGER, f"{text}; join it with: gitprov init")
    link = _Link(workspace, remote)
    pulled = pull_ledger(link.ledger, link.names.remote, link.notes().follow)
    # Every fetch leaves a pack.
    Housekeeping(workspace.ledger_dir, workspace.git).after_append()
    return pulled


def push(workspace: Workspace, remote: str | None) -> Pushed:
    """Send the ledger, as ``gitprov push`` does; to a mirror only what was accepted elsewhere.

    Raises:
        GitprovError: as LedgerPusher.push and MirrorPusher.push.
    """
    link = _Link(workspace, remote)
    notes = link.notes()
    accepting = link.accepting()
    if link.names.remote != accepting:
        source = names_for(workspace, accepting)
        return MirrorPusher(link.ports, link.names, link.ledger).push(source)
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
    )
    pushed = LedgerPusher(tools).push()
    return replace(pushed, waiting=_waiting(workspace))


def _waiting(workspace: Workspace) -> int:
    """Count what a push cannot send, since no entry holds it yet; 0 where nobody can say."""
    try:
        return len(workspace.spool.waiting())
    except StorageError:
        return 0


def reappend(
    workspace: Workspace, remote: str | None, genesis: str | None, *, is_forced: bool
) -> Reappended:
    """Append anew what can never land, as ``gitprov reappend`` does.

    Args:
        workspace: where we are.
        remote: the accepting remote's name; None finds it.
        genesis: the genesis of another ledger to move over to; it is pinned then.
        is_forced: also where nothing keeps a push from working.

    Raises:
        GitprovError: as Reappender.run.
    """
    link = _Link(workspace, remote, genesis)
    ports = workspace.append_ports()
    keys = workspace.signing_keys()
    rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, link.ports.patience)

    def read_root() -> str:
        return current_tip(workspace.view, workspace.refs, workspace.ref).commit.tree

    def settle() -> None:
        if genesis is not None and workspace.settings.git("gitprov.genesis") != genesis:
            with workspace.lock.hold(link.ports.patience):
                workspace.config_file.set_values({"gitprov.genesis": genesis})
        rebuilder.rebuild(workspace.view, read_root)

    tools = ReappendTools(
        ports=link.ports,
        names=link.names,
        ledger=link.ledger,
        merger=MergeMaker(ports, workspace.view, keys),
        spool=workspace.spool,
        ids=workspace.ids,
        keys=keys,
        recorder=workspace.recorder(),
        parked=lambda: workspace.refs.names(PARKED),
        settle=settle,
    )
    return Reappender(tools).run(is_forced=is_forced)


class _Link:
    """What a command that talks to one remote works with."""

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
        return accepting_remote(self._workspace, self._remotes)

    def notes(self) -> NotesSync:
        workspace = self._workspace
        refs = workspace.refs_under(self._lock)
        notes = NotesRef(workspace.objects, workspace.trees, refs, self.names.notes)
        updater = NoteUpdater(notes, workspace.clock, workspace.find_run)
        return NotesSync(self.ports, self.names, notes, updater, wait_a_while)
