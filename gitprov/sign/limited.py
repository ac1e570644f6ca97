"""python-gnupg with a time limit for every process, which it lacks."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from threading import Timer
from typing import Any

import gnupg


class Output(gnupg.StatusHandler):  # type: ignore[misc] # python-gnupg has no types
    """Collects output; python-gnupg's own results raise on lines they do not expect."""

    stderr = ""
    data = b""
    returncode = -1
    timed_out = False

    def handle_status(self, key: str, value: str) -> None:
        """Ignore the line: all of them are parsed together afterwards."""


class LimitedGnupg(gnupg.GPG):  # type: ignore[misc] # python-gnupg has no types
    """python-gnupg whose limit ends a process and whatever it has started."""

    limit = 30.0
    """Seconds."""
    result_map = dict.fromkeys(gnupg.GPG.result_map, Output)

    def _open_subprocess(
        self, args: list[str], passphrase: bool = False
    ) -> subprocess.Popen[bytes]:
        # In a session of its own, so that all of it can be ended at once.
        return subprocess.Popen(
            self.make_args(args, passphrase),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            start_new_session=True,
        )

    def _collect_output(
        self, process: subprocess.Popen[bytes], result: Output, *more: Any, **named: Any
    ) -> int:
        timer = Timer(self.limit, _stop, (process, result))
        timer.daemon = True
        timer.start()
        try:
            return int(super()._collect_output(process, result, *more, **named))
        finally:
            timer.cancel()
            _kill(process)  # only after an exception, such as Ctrl-C, is anything left


def _stop(process: subprocess.Popen[bytes], result: Output) -> None:
    result.timed_out = True
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
