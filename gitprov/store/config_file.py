"""Writes git's configuration of one repository, through libgit2 (locked, atomic)."""

from __future__ import annotations

from pathlib import Path

import pygit2

from gitprov.errors import Code, StorageError


def set_values(git_dir: Path, values: dict[str, str]) -> None:
    """Set values in the repository's own configuration file.

    Args:
        git_dir: the directory that all worktrees share.
        values: name -> value.

    Raises:
        StorageError: GPV-507-STORAGE.
    """
    path = git_dir / "config"
    try:
        config = pygit2.Config(str(path))
        for name, value in values.items():
            config[name] = value
    except (pygit2.GitError, OSError) as reason:
        raise _failed(path, reason) from reason


def add_value(git_dir: Path, name: str, value: str) -> bool:
    """Add a value to a setting that may have several; whether it was not there yet.

    Raises:
        StorageError: GPV-507-STORAGE.
    """
    path = git_dir / "config"
    try:
        config = pygit2.Config(str(path))
        if value in set(config.get_multivar(name)):
            return False
        config.set_multivar(name, "^$", value)
    except (pygit2.GitError, OSError) as reason:
        raise _failed(path, reason) from reason
    return True


def _failed(path: Path, reason: Exception) -> StorageError:
    text = f"cannot write {str(path)!r}: {reason}; run gitprov init again when it can be written"
    return StorageError(Code.STORAGE, text, path=str(path))
