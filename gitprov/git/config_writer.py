"""Writes git's configuration of one repository, through libgit2 (locked, atomic)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pygit2

from gitprov.errors import Code, StorageError

_PAUSE = 0.05


class ConfigFile:
    """The configuration file of one repository.

    Args:
        git_dir: the directory that all worktrees share.
        clear_dead: removes the file's lock if a dead writer left it, and says whether it is
            gone (FileLock.clear_dead).
        patience: seconds to wait for a lock that another process holds.
    """

    def __init__(
        self, git_dir: Path, clear_dead: Callable[[], bool], patience: float = 10.0
    ) -> None:
        self._path = git_dir / "config"
        self._clear_dead = clear_dead
        self._patience = patience

    def set_values(self, values: Mapping[str, str]) -> None:
        """Set values, name by name.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        for name, value in values.items():
            self._write(partial(_set_value, name=name, value=value))

    def add_value(self, name: str, value: str) -> bool:
        """Add a value to a setting that may have several; whether it was not there yet.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if value in set(pygit2.Config(str(self._path)).get_multivar(name)):
            return False
        self._write(lambda config: config.set_multivar(name, "^$", value))
        return True

    def _write(self, change: Callable[[pygit2.Config], None]) -> None:
        end = time.monotonic() + self._patience
        while True:
            try:
                change(pygit2.Config(str(self._path)))
            except (pygit2.GitError, OSError) as reason:
                is_locked = self._path.with_name("config.lock").exists()
                if not is_locked or time.monotonic() > end:
                    raise _failed(self._path, reason) from reason
                if not self._clear_dead():
                    time.sleep(_PAUSE)
            else:
                return


def _set_value(config: pygit2.Config, name: str, value: str) -> None:
    config[name] = value


def _failed(path: Path, reason: Exception) -> StorageError:
    text = f"cannot write {str(path)!r}: {reason}; run gitprov init again when it can be written"
    return StorageError(Code.STORAGE, text, path=str(path))
