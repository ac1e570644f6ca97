"""Runs the gpg program through python-gnupg, with a time limit that python-gnupg lacks.

Guarantees: gpg never outlives its limit and never reads the user's gpg.conf (which may add
signers, comments or expiry); no pinentry appears unless the caller is interactive; a passphrase
travels through a pipe only. Verdicts come from status lines, never from exit codes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from gitprov.errors import Code, SignatureUnknownError, UsageError
from gitprov.sign.limited import GpgStatusLines, LimitedGnupg
from gitprov.sign.status import StatusLine, parse_status

DEFAULT_TIMEOUT: Final = 30.0
"""Seconds that one gpg process may take."""

_OPTIONS: Final = (
    # Not --no-options: with it gpg makes no home for a user who has none yet.
    "--options",
    os.devnull,
    "--no-auto-check-trustdb",
    "--no-auto-key-retrieve",
    "--disable-dirmngr",
)
# Keeps a pinentry away; what the agent has cached still works.
_NO_QUESTION: Final = ("--pinentry-mode", "error")
_LONG_HOME: Final = 85  # the agent's sockets are below the home, and allow some 107 octets


@dataclass(frozen=True, slots=True)
class GpgResult:
    """The output of one gpg process: status lines, data, messages."""

    status: tuple[StatusLine, ...]
    octets: bytes
    text: str

    def has(self, keyword: str) -> bool:
        """Whether a status line of that keyword is there."""
        return any(line.keyword == keyword for line in self.status)

    def fields(self, keyword: str) -> tuple[str, ...]:
        """Return the fields of the last status line of that keyword, empty if there is none."""
        found = [line.fields for line in self.status if line.keyword == keyword]
        return found[-1] if found else ()


class GpgProgram:
    """The gpg program with one home, for signing and for the keys of its owner.

    Args:
        program: name or path of gpg.
        home: its home; None is the user's own, or what GNUPGHOME in ``env`` names.
        env: the environment of the process; None hands on the caller's.
        timeout: seconds that one process may take.
        passphrase_file: its first line unlocks the keys; None leaves that to the agent.
        interactive: a pinentry may ask the user; otherwise a locked key is an error at once.
    """

    def __init__(
        self,
        program: str = "gpg",
        home: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        passphrase_file: Path | None = None,
        *,
        interactive: bool = False,
    ) -> None:
        self._program = program
        self._home = home
        self._env = None if env is None else dict(env)
        self._timeout = timeout
        self._passphrase_file = passphrase_file
        self._interactive = interactive

    def sign(self, payload: bytes, options: Sequence[str]) -> GpgResult:
        """Make a detached signature in packets, not armoured.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; gpg is missing or took too long.
            UsageError: GPV-422-ARGUMENT; the passphrase file is no use.
        """
        passphrase = self.passphrase()
        asking = () if self._interactive or passphrase is not None else _NO_QUESTION
        return self._run([*asking, *options, "--detach-sign"], payload, passphrase)

    def run(self, args: Sequence[str], passphrase: str | None = None) -> GpgResult:
        """Run gpg with these arguments and nothing on its input.

        Args:
            args: options and command; user input must follow ``--``.
            passphrase: for a key that gpg makes.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; gpg is missing or took too long.
        """
        return self._run(args, b"", passphrase)

    def _run(self, args: Sequence[str], octets: bytes, passphrase: str | None) -> GpgResult:
        gpg = self._gnupg
        result = GpgStatusLines(gpg)
        try:
            # The one door of python-gnupg that takes any command.
            gpg._handle_io(list(args), io.BytesIO(octets), result, passphrase)  # noqa: SLF001
        except OSError as cause:
            raise self.unknown(
                f"the program {self._program} cannot be started ({cause.strerror}); install GnuPG"
            ) from cause
        if result.timed_out:
            raise self.unknown(
                f"gpg took longer than {self._timeout:g} seconds and was stopped; is its agent"
                " stuck, or does a pinentry wait? Try: gpgconf --kill gpg-agent"
            )
        return GpgResult(tuple(parse_status(result.stderr)), result.data, _words(result.stderr))

    def unknown(self, what: str) -> SignatureUnknownError:
        """Make the error for something that gpg could not do."""
        home = str(self._home or (self._env or {}).get("GNUPGHOME", ""))
        if len(os.fsencode(home)) > _LONG_HOME:
            what += f"; the path of its home is too long for the agent's sockets: {home}"
        return SignatureUnknownError(Code.SIGNER, what)

    @cached_property
    def _gnupg(self) -> LimitedGnupg:
        """Make the wrapper once."""
        if self._home is not None and not self._home.is_dir():
            raise self.unknown(f"gpg's home {self._home} is not a folder")
        home = None if self._home is None else str(self._home)
        return LimitedGnupg(self._program, home, self._env, list(_OPTIONS), self._timeout)

    def passphrase(self) -> str | None:
        """Return the passphrase file's line as Latin-1 text, octet for octet.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; the file cannot be read.
            UsageError: GPV-422-ARGUMENT; it is not a single line.
        """
        if self._passphrase_file is None:
            return None
        try:
            octets = self._passphrase_file.read_bytes()
        except OSError as cause:
            raise self.unknown(f"the passphrase file cannot be read: {cause}") from cause
        line = octets.removesuffix(b"\n").removesuffix(b"\r")
        return checked_passphrase(line.decode("latin-1"), str(self._passphrase_file))


def checked_passphrase(passphrase: str, where: str = "it") -> str:
    """Return a passphrase that gpg reads as one line.

    Raises:
        UsageError: GPV-422-ARGUMENT; empty, or with a line end or NUL inside, where gpg would
            take the rest for something else.
    """
    if not passphrase or set("\n\r\0") & set(passphrase):
        raise UsageError(
            Code.ARGUMENT, f"a passphrase is one line that is not empty; {where} holds another"
        )
    return passphrase


def _words(stderr: str) -> str:
    """Return the last line that gpg wrote for people, without its own name."""
    lines = [line for line in stderr.split("\n") if line and not line.startswith("[GNUPG:]")]
    return lines[-1].removeprefix("gpg: ") if lines else ""
