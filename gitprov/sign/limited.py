"""python-gnupg with a time limit for every process, and without threads."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import IO, Any

import gnupg


class Output(gnupg.StatusHandler):  # type: ignore[misc] # python-gnupg has no types
    """What a process said; python-gnupg's own results raise on lines they do not expect."""

    stderr = ""
    data = b""
    returncode = -1
    timed_out = False

    def handle_status(self, key: str, value: str) -> None:
        """Ignore the line: all of them are parsed together afterwards."""


class LimitedGnupg(gnupg.GPG):  # type: ignore[misc] # python-gnupg has no types
    """python-gnupg whose limit ends a process and whatever it has started.

    Its own way of talking to gpg, three threads that read and write for ever, is replaced.
    """

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
        self, process: subprocess.Popen[bytes], result: Output, *_: Any, **__: Any
    ) -> int:
        return self._talk(process, result, b"")

    def _handle_io(
        self,
        args: list[str],
        source: IO[bytes],
        result: Output,
        passphrase: str | None = None,
        binary: bool = False,  # noqa: ARG002 - the base class passes it
    ) -> Output:
        process = self._open_subprocess(args, passphrase is not None)
        line = b"" if passphrase is None else f"{passphrase}\n".encode(self.encoding)
        self._talk(process, result, line + source.read())
        return result

    def _talk(self, process: subprocess.Popen[bytes], result: Output, octets: bytes) -> int:
        with process:  # closes the pipes, whoever else holds their other ends
            try:
                result.data, words = process.communicate(octets, timeout=self.limit)
                result.stderr = words.decode(self.encoding)
            except subprocess.TimeoutExpired:
                result.timed_out = True
                _kill(process)
            except BaseException:  # Ctrl-C
                _kill(process)
                raise
        result.returncode = process.returncode
        return result.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
