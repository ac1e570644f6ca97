"""Opens what a command works on."""

from __future__ import annotations

from pathlib import Path

from gitprov.bootstrap.settings import Overrides
from gitprov.bootstrap.workspace import Workspace, open_workspace
from gitprov.cli.session import Session


def open_here(
    session: Session,
    *,
    ref: str | None = None,
    store: str | None = None,
    engine: str | None = None,
    create_store: bool = False,
) -> Workspace:
    """Open the repository that the session names.

    Args:
        session: the options before the command's name.
        ref: the flag ``--ref``.
        store: the flag ``--store``.
        engine: the flag ``--engine``.
        create_store: make the ledger's own repository where it needs one (init only).

    Raises:
        GitprovError: as `gitprov.bootstrap.workspace.open_workspace`.
    """
    path = Path(*session.paths) if session.paths else None
    return open_workspace(Overrides(path, ref, store, engine), create_store=create_store)
