"""A repository that a server serves, as those see it who install or examine its hook."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.git.discovery import without_repository
from gitprov.git.location import is_git_dir, read_location
from gitprov.git.program import GitProgram
from gitprov.git.repository import check_format
from gitprov.git.server_settings import HooksFolder, find_hooks_folder
from gitprov.model.overrides import Overrides
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.server.genesis_pin import find_genesis
from gitprov.wiring.settings import load_settings
from gitprov.wiring.system import environment
from gitprov.wiring.workspace import Workspace

_PERSONAL = ("GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME")


@dataclass(frozen=True)
class ServerRepository:
    """One repository on a server.

    Args:
        git_dir: its git directory.
        workspace: reads its ledger.
        environment: the variables with which git answers as for its owner.
    """

    git_dir: Path
    workspace: Workspace
    environment: Mapping[str, str]

    @cached_property
    def git(self) -> GitProgram:
        """Git with the configuration of the repository's owner."""
        return GitProgram(self.environment)

    @property
    def ref(self) -> str:
        """The ledger's ref."""
        return self.workspace.ref

    def hooks_folder(self) -> HooksFolder:
        """Tell from where git runs hooks here."""
        return find_hooks_folder(self.git, self.git_dir)

    def reader(self) -> EntryReader:
        """Return what reads the ledger's entries."""
        return EntryReader(self.workspace.view)

    def tip(self) -> str | None:
        """Return the ledger's tip, None without a ledger.

        Raises:
            StorageError: GPV-403-REF-FORBIDDEN, its ref is symbolic.
        """
        return self.workspace.refs.get(self.ref)

    def genesis(self) -> str | None:
        """Return the genesis of the ledger here, None without a ledger."""
        tip = self.tip()
        return None if tip is None else find_genesis(self.reader(), tip)


def open_server_repository(path: Path, ref: str | None) -> ServerRepository:
    """Open a repository that a server serves; never one above it.

    Args:
        path: the bare repository, or a work tree that has one.
        ref: the ledger's ref; None takes the configured one.

    Raises:
        UsageError: GPV-422-ARGUMENT, there is no repository.
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    real = Path(os.path.realpath(path))
    inside = real / ".git"
    git_dir = inside if inside.is_dir() and not inside.is_symlink() else real
    if not is_git_dir(git_dir):
        text = f"{str(path)!r} is not a Git repository; name the bare repository that is server"
        raise UsageError(Code.ARGUMENT, text, path=str(path))
    place = read_location(git_dir, None)
    check_format(place)
    git = GitProgram(without_repository(environment()))
    settings = load_settings(Overrides(ref=ref), git, place.git_dir)
    workspace = Workspace(place, place, settings, git)
    return ServerRepository(git_dir, workspace, without_repository(_as_owner(git_dir)))


def _as_owner(git_dir: Path) -> Mapping[str, str]:
    """Return the variables with which git finds the personal settings of the owner."""
    owner = git_dir.stat().st_uid
    if owner == os.geteuid():
        return environment()
    try:
        home = pwd.getpwuid(owner).pw_dir
    except KeyError:
        return environment()
    kept = {name: value for name, value in environment().items() if name not in _PERSONAL}
    return {**kept, "HOME": home}
