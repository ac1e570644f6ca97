"""Writes git's configuration of one repository with git itself; mode and owner stay."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gitprov.disk.durable import mapped, sync_folder
from gitprov.disk.posix import READ, sync_file
from gitprov.errors import Code, StorageError
from gitprov.git.program import GitProgram

_PAUSE = 0.05
_NO_SUCH_VALUE = 1


class ConfigFile:
    """The configuration file of one repository.

    Args:
        git_dir: the directory that all worktrees share.
        clear_dead: removes the file's lock if a dead writer left it, and says whether it is
            gone (FileLock.clear_dead).
        patience: seconds to wait for a lock that another process holds.
    """

    def __init__(
        self,
        git_dir: Path,
        git: GitProgram,
        clear_dead: Callable[[], bool],
        patience: float = 10.0,
    ) -> None:
        self._path = git_dir / "config"
        self._git = git
        self._clear_dead = clear_dead
        self._patience = patience

    def set_values(self, values: Mapping[str, str]) -> None:
        """Set values, name by name, durable when this returns.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        for name, value in values.items():
            self._write("--replace-all", name, value)

    def add_value(self, name: str, value: str) -> bool:
        """Add a value to a setting that may have several; whether it was not there yet.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        try:
            self._run("--fixed-value", "--get-all", name, value)
        except StorageError as reason:
            if reason.details.get("exit_code") != _NO_SUCH_VALUE:
                raise
            self._write("--add", name, value)
            return True
        return False

    def replace_value(self, name: str, old: str, new: Sequence[str]) -> None:
        """Put values in the place of one value of a setting.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        self._write("--fixed-value", "--unset-all", name, old)
        for value in new:
            self.add_value(name, value)

    def _write(self, *args: str) -> None:
        end = time.monotonic() + self._patience
        with mapped("write", self._path):
            owner = self._path.stat()
        while True:
            try:
                self._run(*args)
            except StorageError as reason:
                is_locked = self._path.with_name("config.lock").exists()
                if not is_locked or time.monotonic() > end:
                    raise _failed(self._path, reason) from reason
                if not self._clear_dead():
                    time.sleep(_PAUSE)
            else:
                break
        with mapped("write", self._path):
            self._settle(owner)

    def _settle(self, before: os.stat_result) -> None:
        """Give the file back to its owner, and make it durable."""
        now = self._path.stat()
        if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
            # Only the administrator can; for others git's own answer has to do.
            with contextlib.suppress(PermissionError):
                os.chown(self._path, before.st_uid, before.st_gid)
        descriptor = os.open(self._path, READ)
        try:
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._path.parent)

    def _run(self, *args: str) -> bytes:
        return self._git.run(["config", "--file", str(self._path), *args])


def _failed(path: Path, reason: StorageError) -> StorageError:
    words = str(reason.details.get("stderr") or reason.message).strip()
    text = f"cannot write {str(path)!r}: {words}; run gitprov init again when it can be written"
    return StorageError(Code.STORAGE, text, path=str(path))
