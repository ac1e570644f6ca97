"""A lock that is held for one small write: of the audit log, of what a server remembers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gitprov.disk.posix import CLOEXEC, NOFOLLOW, require_locks, wait_for_flock
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError

_TIMEOUT = 5.0
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | NOFOLLOW | CLOEXEC


@contextlib.contextmanager
def short_lock(sharing: Sharing, path: Path, what: str) -> Iterator[None]:
    """Hold the lock file at a path.

    Args:
        sharing: makes the file as others need it.
        path: the lock file; its folder is there.
        what: what it guards, for the message.

    Raises:
        StorageError: GPV-503-BUSY.
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, no locks on this system.
        OSError: it cannot be opened.
    """
    require_locks()
    descriptor = sharing.open(path, _FLAGS)
    try:
        if not wait_for_flock(descriptor, _TIMEOUT):
            text = f"{what} is locked for more than {_TIMEOUT:g} s; try again"
            raise StorageError(Code.BUSY, text, remedy="try again")
        yield
    finally:
        os.close(descriptor)
