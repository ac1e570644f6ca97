"""Calls and flags that only POSIX has: without them reading works, and writing is refused.

Nothing else in the package imports ``fcntl`` or names flags that only POSIX knows, so that
``verify``, ``log`` and ``show`` run everywhere. A flag that a system lacks is 0 here: what is
read is checked by its content anyway.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from gitprov.errors import Code, UnsupportedRepositoryError

_fcntl: ModuleType | None
try:
    import fcntl as _fcntl
except ImportError:  # Windows
    _fcntl = None

CLOEXEC: int = getattr(os, "O_CLOEXEC", 0)
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
READ: int = os.O_RDONLY | CLOEXEC | getattr(os, "O_BINARY", 0)

_FULL_SYNC: int | None = getattr(_fcntl, "F_FULLFSYNC", None)  # macOS: through the drive's cache
_LEASE: int | None = getattr(_fcntl, "F_SETLEASE", None)
_LEASE_SIGNAL: int = getattr(_fcntl, "F_SETSIG", 0)
_FIRST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.02


def require_locks() -> None:
    """Refuse to write where files cannot be locked; no promise to writers could be kept.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    _locks()


def wait_for_flock(
    descriptor: int, timeout: float, is_needless: Callable[[], bool] = lambda: False
) -> bool | None:
    """Lock an open file against everybody else.

    Returns:
        False if that took too long (seconds), None if it became needless.

    Raises:
        UnsupportedRepositoryError: as require_locks.
    """
    locks = _locks()
    end = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        if is_needless():
            return None
        try:
            locks.flock(descriptor, locks.LOCK_EX | locks.LOCK_NB)
        except BlockingIOError:
            left = end - time.monotonic()
        else:
            return True
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def free_flock(descriptor: int) -> None:
    """Give a lock back."""
    locks = _locks()
    locks.flock(descriptor, locks.LOCK_UN)


def has_writer(path: Path) -> bool:
    """Whether a process has a file open, or mapped, for writing.

    Through a page of a mapping that is changed already, it may change without any new time.
    Only Linux tells, by refusing a lease, and only the owner; else the answer is no, as it is
    for a file that cannot be opened.
    """
    if _LEASE is None or _fcntl is None:
        return False
    try:
        descriptor = os.open(path, READ | NONBLOCK)
    except OSError:
        return False
    try:
        # Whoever opens it meanwhile has this process told, by a signal that nobody minds.
        _fcntl.fcntl(descriptor, _LEASE_SIGNAL, signal.SIGURG)
        _fcntl.fcntl(descriptor, _LEASE, _fcntl.F_RDLCK)
        _fcntl.fcntl(descriptor, _LEASE, _fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def account() -> int:
    """Return the number of the account that files which are made now belong to."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def sync_file(descriptor: int) -> None:
    """Bring an open file or folder to the disk."""
    if _fcntl is not None and _FULL_SYNC is not None:
        try:
            _fcntl.fcntl(descriptor, _FULL_SYNC)
        except OSError:
            pass  # not every file system knows it
        else:
            return
    os.fsync(descriptor)


def _locks() -> ModuleType:
    if _fcntl is not None:
        return _fcntl
    remedy = "record on Linux or macOS, or on Windows within WSL; log, show and verify work here"
    text = f"this system cannot lock files, so nothing can be written; {remedy}"
    raise UnsupportedRepositoryError(Code.REPO_UNSUPPORTED, text, remedy=remedy)
