"""Settings by which git fetch or push overwrites the ledger: told of, and narrowed on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gitprov.errors import Code
from gitprov.model.receipt import Notice
from gitprov.model.refs import NOTES_REF
from gitprov.service.diagnose.refspecs import (
    DangerousRefspec,
    GitSettings,
    dangerous_refspecs,
    mirror_settings,
)
from gitprov.wiring.workspace import Workspace


def fetch_notices(workspace: Workspace) -> tuple[Notice, ...]:
    """Warn of every setting by which a git fetch or push would lose what is recorded."""
    mirror = "{} is set: every git push there overwrites the ledger; end it: gitprov doctor --fix"
    fetch = "{} = {} lets every git fetch {} {}; narrow it: gitprov doctor --fix"
    texts = [mirror.format(name) for name in _mirrors(workspace)]
    for found in _dangerous(workspace):
        if found.loses:
            how = "overwrite" if found.is_forced else "delete"
            texts.append(fetch.format(found.name, found.value, how, found.ref))
    return tuple(Notice(Code.REF_FORBIDDEN, text) for text in texts)


def narrow(workspace: Workspace) -> list[str]:
    """Keep every such setting away from the ledger and its notes; return what was changed.

    What is set outside of the repository is not changed there, but named.

    Raises:
        StorageError: GPV-507-STORAGE, git's configuration cannot be written.
    """
    changed = []
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        for name in _mirrors(workspace):
            workspace.config_file.set_values({name: "false"})
            changed.append(f"set {name} = false")
        for found in _dangerous(workspace):
            origin = _foreign_origin(workspace, found)
            if found.exclusion is None and origin is not None:
                told = f"left {found.name} = {found.value}, which is set in {origin}"
                changed.append(f"{told}; remove it there")
            elif found.exclusion is None:
                workspace.config_file.replace_value(found.name, found.value, ())
                changed.append(f"removed {found.name} = {found.value}")
            elif workspace.config_file.add_value(found.name, found.exclusion):
                changed.append(f"added {found.name} = {found.exclusion}")
    return changed


def _dangerous(workspace: Workspace) -> Iterator[DangerousRefspec]:
    if workspace.place.common_dir != workspace.ledger_dir:
        return iter(())  # fetches of the code never reach the ledger's own repository
    return dangerous_refspecs(_values(workspace), (workspace.ref, NOTES_REF))


def _mirrors(workspace: Workspace) -> Iterator[str]:
    is_here = workspace.place.common_dir == workspace.ledger_dir
    return mirror_settings(_values(workspace)) if is_here else iter(())


def _foreign_origin(workspace: Workspace, found: DangerousRefspec) -> str | None:
    """Say where a refspec is set, if that is not the repository's own file."""
    values = workspace.settings.configuration[found.name]
    own = workspace.place.common_dir / "config"
    origins = [each.origin for each in values if each.value == found.value]
    return next((each for each in origins if not _is_same(Path(each), own)), None)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _values(workspace: Workspace) -> GitSettings:
    configuration = workspace.settings.configuration
    return {name: [value.value for value in found] for name, found in configuration.items()}
