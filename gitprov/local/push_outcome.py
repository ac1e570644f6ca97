"""Pushes in the background: whose turn it is, and how the last one ended."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from gitprov.disk.durable import mapped, read_file
from gitprov.disk.posix import CLOEXEC, NOFOLLOW, free_flock, wait_for_flock
from gitprov.disk.sharing import Sharing

_OUTCOME = "push.json"
_WAITING = "push.wait"
_RUNNING = "push.run"
_LIMIT = 65_536
_OPEN = os.O_RDWR | os.O_CREAT | NOFOLLOW | CLOEXEC


class BackgroundPushLog:
    """The record of background pushes in ``<common git dir>/gitprov``.

    Args:
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, folder: Path, sharing: int | None = None) -> None:
        self._folder = folder
        self._files = Sharing(sharing)

    @contextlib.contextmanager
    def turn(self, timeout: float) -> Iterator[bool]:
        """Wait for this process's turn; false if another one waits already, or for too long.

        One process pushes and one waits, which will send what all others recorded.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        with mapped("open", self._folder), contextlib.ExitStack() as stack:
            self._files.make_folders(self._folder)
            waiting = self._open(stack, _WAITING)
            running = self._open(stack, _RUNNING)
            is_mine = bool(wait_for_flock(waiting, 0) and wait_for_flock(running, timeout))
            # From here on another process may wait: records made now may be too late for us.
            free_flock(waiting)
            yield is_mine

    def write(self, outcome: Mapping[str, object]) -> None:
        """Keep how a push ended.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        self._files.replace(self._folder / _OUTCOME, json.dumps(outcome).encode())

    def read(self) -> dict[str, object] | None:
        """Return how the last push in the background ended; None if there was none."""
        try:
            found = json.loads(read_file(self._folder / _OUTCOME, _LIMIT))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _open(self, stack: contextlib.ExitStack, name: str) -> int:
        descriptor = self._files.open(self._folder / name, _OPEN)
        stack.callback(os.close, descriptor)
        return descriptor
