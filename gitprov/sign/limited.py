"""python-gnupg with a time limit for every process, and without threads."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import IO

import gnupg


class GpgStatusLines(gnupg.StatusHandler):  # type: ignore[misc] # python-gnupg has no types
    """The output of a process; python-gnupg's own results raise on lines they do not expect."""

    stderr = ""
    data = b""
    returncode = -1
    timed_out = False

    def handle_status(self, key: str, value: str) -> None:
        """Ignore the line: all of them are parsed together afterwards."""


class LimitedGnupg(gnupg.GPG):  # type: ignore[misc] # python-gnupg has no types
    """python-gnupg whose limit ends a process and whatever it has started.

    Its own way of talking to gpg, three threads that read and write for ever, is replaced.

    Args:
        program: name or path of gpg.
        home: its home, None for the user's own.
        env: the environment of each process, None for the caller's.
        options: what every command line gets.
        limit: seconds that one process may take.
    """

    version = (2, 1)
    """The oldest that works; python-gnupg needs to know how to hand over a passphrase."""
    result_map = dict.fromkeys(gnupg.GPG.result_map, GpgStatusLines)

    def __init__(
        self,
        program: str,
        home: str | None,
        env: dict[str, str] | None,
        options: list[str],
        limit: float,
    ) -> None:
        # Not the base's own: it starts a gpg process each time, only to ask for the version.
        self.gpgbinary = program
        self.gnupghome = home
        self.env = env
        self.options = options
        self.limit = limit
        self.encoding = "latin-1"
        self.verbose = self.use_agent = False
        self.keyring = self.secret_keyring = self.on_data = None

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

    def _handle_io(
        self,
        args: list[str],
        source: IO[bytes],
        result: GpgStatusLines,
        passphrase: str | None = None,
        binary: bool = False,  # noqa: ARG002 - the base class passes it
    ) -> GpgStatusLines:
        process = self._open_subprocess(args, passphrase is not None)
        line = b"" if passphrase is None else f"{passphrase}\n".encode(self.encoding)
        self._talk(process, result, line + source.read())
        return result

    def _talk(
        self, process: subprocess.Popen[bytes], result: GpgStatusLines, octets: bytes
    ) -> None:
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


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
