"""python-gnupg with a time limit for every process, and without threads."""

from __future__ import annotations

from typing import IO

import gnupg

from gitprov.process.child import ChildCommand, run_child


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

    def _handle_io(
        self,
        args: list[str],
        source: IO[bytes],
        result: GpgStatusLines,
        passphrase: str | None = None,
        binary: bool = False,  # noqa: ARG002 - the base class passes it
    ) -> GpgStatusLines:
        line = b"" if passphrase is None else f"{passphrase}\n".encode(self.encoding)
        command = self.make_args(args, passphrase is not None)
        try:
            child = ChildCommand(command, self.env, timeout=self.limit)
            ended = run_child(child, line + source.read())
        except TimeoutError:
            result.timed_out = True
            return result
        result.data, result.stderr = ended.output, ended.messages.decode(self.encoding)
        result.returncode = ended.exit_code
        return result
