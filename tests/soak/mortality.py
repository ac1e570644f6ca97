"""A writer that ends itself with SIGKILL at a chosen moment of its own work.

The moments are those at which Python touches files or starts programs, so the same choice kills
at the same place whatever the machine's speed. Kills from outside meet the rest.
"""

from __future__ import annotations

import os
import signal
import sys

_MOMENTS = frozenset(
    {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.truncate", "subprocess.Popen"}
    | {"fcntl.flock", "os.chmod", "os.utime"}
)


class Mortality:
    """Counts down to this process's end; there is one a process."""

    def __init__(self) -> None:
        self._left = 0
        sys.addaudithook(self._hear)

    def arm(self, moments: int) -> None:
        """Die after so many moments; 0 never."""
        self._left = moments

    def _hear(self, event: str, _args: object) -> None:
        if self._left and event in _MOMENTS:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
