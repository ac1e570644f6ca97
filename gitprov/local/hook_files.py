"""Looks at a server's hooks and changes them, step by step, each atomic and durable."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gitprov.disk.durable import (
    TEMPORARY,
    create_temporary,
    make_folders,
    mapped,
    open_regular,
    sync_folder,
    unreadable,
    write_all,
)
from gitprov.disk.posix import sync_file
from gitprov.errors import Code, UsageError
from gitprov.model.server_hook import HookAction, HookChange, HookFile

_LIMIT = 4 * 1024 * 1024
_RUNNABLE = 0o755
_ABSENT = (FileNotFoundError, NotADirectoryError)


class DiskHookFiles:
    """The hooks on disk.

    Args:
        follow_links: whether a symbolic link is as good as what it leads to: where hooks are
            only read, since gitolite for one links them.
    """

    def __init__(self, *, follow_links: bool = False) -> None:
        self._follow_links = follow_links

    def read(self, path: Path) -> HookFile | None:
        """Return a hook, None if there is none.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is not a regular file, or too large to be a hook.
            StorageError: GPV-500-INTERNAL, it cannot be read.
        """
        if self._follow_links:
            path = path.resolve()
        self.names(path.parent)
        try:
            with open_regular(path) as stream:
                facts = os.fstat(stream.fileno())
                content = stream.read(_LIMIT + 1)
        except _ABSENT:
            return None
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.EISDIR, errno.EINVAL, errno.ENXIO}:
                raise _odd(path, "no regular file") from error
            raise unreadable(error, path) from error
        if len(content) > _LIMIT:
            raise _odd(path, "too large for a hook")
        is_executable = bool(facts.st_mode & 0o111)
        return HookFile(content, is_executable, (facts.st_dev, facts.st_ino))

    def names(self, folder: Path) -> list[str] | None:
        """Return the names in a folder, None if there is no such folder.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is a symbolic link or no folder.
            StorageError: GPV-500-INTERNAL, it cannot be read.
        """
        if self._follow_links:
            folder = folder.resolve()
        try:
            mode = folder.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise _odd(folder, "a symbolic link")
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise _odd(folder, "no folder") from error
        except OSError as error:
            raise unreadable(error, folder) from error

    def apply(self, steps: Iterable[HookChange]) -> None:
        """Do what a plan says.

        Raises:
            StorageError: GPV-507-STORAGE; the steps before it were done, and doing the whole
                plan again is right.
        """
        for step in steps:
            with mapped(step.action.value, step.path):
                _apply(step)


def _apply(step: HookChange) -> None:
    if step.action is HookAction.MAKE_FOLDER:
        make_folders(step.path, _RUNNABLE)
        step.path.chmod(_RUNNABLE)  # whatever the umask here is
    elif step.action is HookAction.WRITE:
        _write(step.path, step.content)
    elif step.action is HookAction.KEEP and step.source is not None:
        # A second name, so that the first is never missing.
        os.link(step.source, step.path, follow_symlinks=False)
    elif step.action is HookAction.RESTORE and step.source is not None:
        step.source.replace(step.path)
        sync_folder(step.source.parent)
    elif step.action is HookAction.REMOVE:
        step.path.unlink(missing_ok=True)
    elif step.action is HookAction.REMOVE_FOLDER:
        with contextlib.suppress(OSError):
            step.path.rmdir()
    if step.path.parent.is_dir():
        sync_folder(step.path.parent)


def _write(path: Path, content: bytes) -> None:
    descriptor, temporary = create_temporary(f"{path.parent}/", TEMPORARY, 0o700)
    try:
        try:
            write_all(descriptor, content)
            # Whoever serves the pushes runs it.
            os.fchmod(descriptor, _RUNNABLE)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _odd(path: Path, what: str) -> UsageError:
    text = f"{str(path)!r} is {what}; look at it and put a plain file or folder in its place"
    return UsageError(Code.ARGUMENT, text, path=str(path))
