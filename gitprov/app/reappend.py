"""Appending records again whose entries can never land."""

from __future__ import annotations

from gitprov.app.notes import current_root
from gitprov.model.reappended import Reappended
from gitprov.model.refs import PARKED
from gitprov.service.notes.derive import NoteRebuilder
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.sync.reappend import Reappender, ReappendTools
from gitprov.wiring.remotes import RemoteLink
from gitprov.wiring.workspace import Workspace


def reappend(
    workspace: Workspace, remote: str | None, genesis: str | None, *, is_forced: bool
) -> Reappended:
    """Append again what can never land, as ``gitprov reappend`` does.

    Args:
        workspace: where we are.
        remote: the accepting remote's name; None finds it.
        genesis: the genesis of another ledger to move over to; it is pinned then.
        is_forced: also where nothing keeps a push from working.

    Raises:
        GitprovError: as Reappender.run.
    """
    link = RemoteLink(workspace, remote, genesis)
    ports = workspace.append_ports()
    keys = workspace.signing_keys()
    rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, link.ports.patience)

    def settle() -> None:
        if genesis is not None and workspace.settings.git("gitprov.genesis") != genesis:
            with workspace.lock.hold(link.ports.patience):
                workspace.config_file.set_values({"gitprov.genesis": genesis})
        rebuilder.rebuild(workspace.view, lambda: current_root(workspace))

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
