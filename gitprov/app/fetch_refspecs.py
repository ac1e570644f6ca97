"""Refspecs of git fetch that may overwrite the ledger here: told of, and narrowed on request."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.errors import Code
from gitprov.model.receipt import Notice
from gitprov.model.refs import NOTES_REF
from gitprov.service.diagnose.refspecs import DangerousRefspec, dangerous_refspecs
from gitprov.wiring.workspace import Workspace


def fetch_notices(workspace: Workspace) -> tuple[Notice, ...]:
    """Warn of every refspec by which a git fetch would lose what is recorded here."""
    text = "{} = {} lets every git fetch {} {}; narrow it: gitprov doctor --fix"
    return tuple(
        Notice(
            Code.REF_FORBIDDEN,
            text.format(
                found.name, found.value, "overwrite" if found.is_forced else "delete", found.ref
            ),
        )
        for found in _dangerous(workspace)
        if found.loses
    )


def narrow(workspace: Workspace) -> list[str]:
    """Keep every such refspec away from the ledger and its notes; return what was changed.

    Raises:
        StorageError: GPV-507-STORAGE, git's configuration cannot be written.
    """
    changed = []
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        for found in _dangerous(workspace):
            if found.exclusion is None:
                workspace.config_file.replace_value(found.name, found.value, ())
                changed.append(f"removed {found.name} = {found.value}")
            elif workspace.config_file.add_value(found.name, found.exclusion):
                changed.append(f"added {found.name} = {found.exclusion}")
    return changed


def _dangerous(workspace: Workspace) -> Iterator[DangerousRefspec]:
    if workspace.place.common_dir != workspace.ledger_dir:
        return iter(())  # fetches of the code never reach the ledger's own repository
    configuration = workspace.settings.configuration
    values = {name: [value.value for value in found] for name, found in configuration.items()}
    return dangerous_refspecs(values, (workspace.ref, NOTES_REF))
