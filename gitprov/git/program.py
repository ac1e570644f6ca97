"""The only place that runs the git program: argument lists, a neutral environment, time limits.

Repository configuration cannot make it run a hook or a monitor; replace refs, grafts and
shallow files do not bend what it reads; nothing waits for a terminal. Only network commands
see the user's own ssh, proxy and credential settings, and honour a shallow file.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError, UsageError
from gitprov.process.child import ChildCommand, Ended, run_child

DEFAULT_TIMEOUT = 60.0
# Where the user keeps their own settings is theirs to say, always.
_KEPT = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_OBJECT_DIRECTORY",
    }
)
_KEPT_FOR_NETWORK = frozenset(
    {
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_NAMESPACE",
        "GIT_PROXY_COMMAND",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_NO_VERIFY",
    }
)
# Settings of the user's own, from `git -c` and from whoever started this process.
_CONFIGURING = re.compile(r"GIT_CONFIG_(?:PARAMETERS|COUNT|(?:KEY|VALUE)_[0-9]+)")
_NEUTRAL = {
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_LOCAL = {"GIT_NO_LAZY_FETCH": "1", "GIT_SHALLOW_FILE": ""}
_SETTINGS = (
    "advice.graftFileDeprecated=false",  # GIT_GRAFT_FILE is what we set ourselves
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.fsync=all",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
)
_LOCAL_SETTINGS = ("protocol.allow=never", f"core.attributesFile={os.devnull}")
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a network command starts from.

    Args:
        git_dir: the repository whose objects travel.
        folder: the current folder, which a remote's relative path starts from.
        settings: further settings for this one command. They reach git by its environment, so
            that no secret among them shows in the list of processes.
    """

    git_dir: Path
    folder: Path
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a network command ended: git's exit code, its output, its messages."""

    exit_code: int
    output: str
    messages: str


class GitProgram:
    """The git program with the environment it may see.

    Args:
        environment: the caller's variables; of ``GIT_*`` only a short list gets through.
        path: where git is; None looks it up in ``environment["PATH"]``.
    """

    def __init__(self, environment: Mapping[str, str], path: str | None = None) -> None:
        self._environment = dict(environment)
        self._path = path

    def run(
        self,
        args: Sequence[str],
        *,
        git_dir: Path | None = None,
        content: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
        is_network: bool = False,
    ) -> bytes:
        """Run ``git ARGS`` and return what it printed.

        Args:
            args: sub-command and arguments; whatever a user typed must have passed
                check_argument or follow ``--``.
            git_dir: the repository; None for commands that need none.
            content: what git reads.
            timeout: seconds; beyond them git and its children are killed.
            is_network: fetch, push or ls-remote with the user's own transport settings.

        Raises:
            UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is no git program.
            StorageError: GPV-408-TIMEOUT; GPV-507-STORAGE, git failed (``details`` has its
                ``exit_code`` and ``stderr``).
        """
        command = self._command(args, git_dir, is_network=is_network)
        environment = self._variables(is_network=is_network)
        # ssh may have to ask for a passphrase.
        child = ChildCommand(command, environment, git_dir, timeout, may_ask=is_network)
        return _Call(args[0], child).run(content)

    def ask(
        self, args: Sequence[str], *, git_dir: Path | None, folder: Path | None = None
    ) -> bytes:
        """Run a command that reads only configuration, with the user's and none of ours.

        Args:
            args: sub-command and arguments.
            git_dir: the repository; None lets git find it from the folder, if it trusts it.
            folder: the current folder; None is the process's own.

        Raises:
            UnsupportedRepositoryError, StorageError: as run.
        """
        command = [self.program(), "--no-pager"]
        if git_dir is not None:
            command.append(f"--git-dir={git_dir}")
        environment = self._variables(is_network=False) | self._configuring()
        child = ChildCommand([*command, *args], environment, folder, DEFAULT_TIMEOUT)
        return _Call(args[0], child).run(b"")

    def talk(self, args: Sequence[str], route: Route, timeout: float) -> CommandResult:
        """Run fetch, push or ls-remote with the user's own transport settings.

        Args:
            args: as run.
            route: where it starts from.
            timeout: seconds; beyond them git is killed.

        Returns:
            How it ended; to say what a failure means is the caller's.

        Raises:
            UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is no git program.
            StorageError: GPV-408-TIMEOUT.
        """
        variables = self._variables(is_network=True)
        environment = variables | _as_variables(route.settings, variables)
        command = self._command(args, route.git_dir, is_network=True)
        child = ChildCommand(command, environment, route.folder, timeout, may_ask=True)
        ended = _Call(args[0], child).end(b"")
        output, messages = (
            part.decode("utf-8", "replace") for part in (ended.output, ended.messages)
        )
        return CommandResult(ended.exit_code, output, messages)

    def pipe(
        self,
        first: Sequence[str],
        second: Sequence[str],
        *,
        git_dir: Path,
        content: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
    ) -> bytes:
        """Run ``git FIRST``, let ``git SECOND`` read its output, return what that printed.

        The output of the first goes through a temporary file, whatever its size.

        Raises:
            UnsupportedRepositoryError, StorageError: as run.
        """
        environment = self._variables(is_network=False)
        source, sink = (
            _Call(
                args[0],
                ChildCommand(
                    self._command(args, git_dir, is_network=False), environment, git_dir, timeout
                ),
            )
            for args in (first, second)
        )
        with tempfile.TemporaryFile() as between:
            source.run(content, between)
            between.seek(0)
            return sink.run(between)

    def program(self) -> str:
        """Return the path of the git program.

        Raises:
            UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is none.
        """
        if self._path is None:
            self._path = shutil.which("git", path=self._environment.get("PATH", os.defpath))
        if self._path is None:
            raise _no_git("it is not on the PATH")
        return self._path

    def version(self) -> tuple[int, int, int]:
        """Return git's version, (0, 0, 0) if it prints something odd.

        Raises:
            UnsupportedRepositoryError, StorageError: as run.
        """
        match = _VERSION.search(self.run(["version"]).decode("ascii", "replace"))
        return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)

    def _command(self, args: Sequence[str], git_dir: Path | None, *, is_network: bool) -> list[str]:
        command = [self.program(), "--no-pager"]
        if git_dir is not None:
            command.append(f"--git-dir={git_dir}")
        for setting in _SETTINGS if is_network else (*_SETTINGS, *_LOCAL_SETTINGS):
            command += ["-c", setting]
        return [*command, *args]

    def _variables(self, *, is_network: bool) -> dict[str, str]:
        kept = _KEPT | _KEPT_FOR_NETWORK if is_network else _KEPT
        seen = {
            name: value
            for name, value in self._environment.items()
            if name in kept or not name.startswith("GIT_")
        }
        if is_network:
            return seen | _NEUTRAL | self._configuring()
        return seen | _NEUTRAL | _LOCAL

    def _configuring(self) -> dict[str, str]:
        return {n: v for n, v in self._environment.items() if _CONFIGURING.fullmatch(n)}


@dataclass(frozen=True, slots=True)
class _Call:
    """One git process, from start to end."""

    name: str
    command: ChildCommand

    def run(self, content: bytes | IO[bytes], output: IO[bytes] | None = None) -> bytes:
        """Run to the end or to the time limit; return its output unless that goes to a file."""
        ended = self.end(content, output)
        if ended.exit_code:
            raise _failed(self.name, ended.exit_code, ended.messages)
        return ended.output

    def end(self, content: bytes | IO[bytes], output: IO[bytes] | None = None) -> Ended:
        """Run likewise; return exit code, output and messages, whatever they are."""
        try:
            return run_child(self.command, content, output)
        except TimeoutError as error:
            raise _too_slow(self.name, self.command.timeout or 0) from error
        except OSError as error:
            raise _no_git(str(error)) from error


def check_argument(value: str, what: str) -> str:
    """Return a user's argument if git cannot take it for an option or a program (X-01).

    Raises:
        UsageError: GPV-422-ARGUMENT.
    """
    is_command = "::" in value
    if not value or value.startswith("-") or is_command or _CONTROLS.search(value):
        raise UsageError(
            Code.ARGUMENT,
            f"{what} {value[:80]!r} is refused: it is empty, begins with '-', names a transport"
            " program ('::') or holds control characters",
            argument=what,
        )
    return value


def _as_variables(settings: Sequence[tuple[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    """Return variables that add settings to those which the user's own variables hold."""
    first = int(count) if (count := given.get("GIT_CONFIG_COUNT", "")).isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))} if settings else {}
    for number, (name, value) in enumerate(settings, first):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def _no_git(reason: str) -> UnsupportedRepositoryError:
    remedy = "install git 2.36 or newer and put it on the PATH"
    return UnsupportedRepositoryError(
        Code.REPO_UNSUPPORTED, f"cannot run git: {reason}; {remedy}", remedy=remedy
    )


def _too_slow(command: str, timeout: float) -> StorageError:
    remedy = "try again, or allow it more time"
    return StorageError(
        Code.TIMEOUT,
        f"git {command} took longer than {timeout:g} s and was stopped; {remedy}",
        command=command,
        remedy=remedy,
    )


def _failed(command: str, exit_code: int, stderr: bytes) -> StorageError:
    words = _CONTROLS.sub(" ", stderr.decode("utf-8", "replace")).strip()
    return StorageError(
        Code.STORAGE,
        f"git {command} failed with exit code {exit_code}: {words[:500] or 'no reason given'}",
        command=command,
        exit_code=exit_code,
        stderr=stderr.decode("utf-8", "replace"),
    )
