"""The only place that runs the git program: neutral environment, argument lists, time limits.

Repository configuration cannot make it run a hook, a monitor or a pager; replace refs, grafts
and shallow files do not bend what it reads; nothing ever waits for a terminal.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitprov.errors import Code, StorageError, UsageError

DEFAULT_TIMEOUT = 60.0
_NEUTRAL = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=all",
    "core.fsyncObjectFiles=true",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "advice.detachedHead=false",
)
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class GitProgram:
    """The git program with the environment it may see.

    Args:
        environment: the caller's variables; every ``GIT_*`` among them is dropped.
        path: where git is; None looks it up in ``environment["PATH"]``.
    """

    environment: Mapping[str, str]
    path: str | None = None
    _resolved: list[str] = field(default_factory=list, repr=False, compare=False)

    def run(  # noqa: PLR0913 - one keyword per property of the call
        self,
        args: Sequence[str],
        *,
        git_dir: Path | None = None,
        cwd: Path | None = None,
        content: bytes = b"",
        timeout: float = DEFAULT_TIMEOUT,
        settings: Sequence[str] = (),
        good: Sequence[int] = (0,),
    ) -> bytes:
        """Run ``git ARGS`` and return what it printed.

        Args:
            args: sub-command and arguments; whatever a user typed must have passed
                check_argument or stand behind ``--``.
            git_dir: the repository; None for commands that need none.
            cwd: where to run it; None is the git directory, or the current folder.
            content: what git reads.
            timeout: seconds.
            settings: further ``name=value`` for ``-c``.
            good: exit codes that are no failure.

        Raises:
            StorageError: GPV-501-REPO-UNSUPPORTED (no git program), GPV-408-TIMEOUT,
                GPV-507-STORAGE (git failed; its words are in ``details["stderr"]``).
        """
        command = [self.program(), "--no-pager", *self._options(git_dir, settings), *args]
        try:
            done = subprocess.run(
                command,
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd or git_dir,
                env=self.neutral_environment(),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StorageError(
                Code.TIMEOUT,
                f"git {args[0]} took longer than {timeout:g} seconds; try again",
                command=args[0],
                remedy="try again",
            ) from error
        except OSError as error:
            raise _no_git(str(error)) from error
        if done.returncode not in good:
            raise _failed(args[0], done.returncode, done.stderr)
        return done.stdout

    def program(self) -> str:
        """Return the path of the git program.

        Raises:
            StorageError: GPV-501-REPO-UNSUPPORTED, there is none.
        """
        if not self._resolved:
            found = self.path or shutil.which("git", path=self.environment.get("PATH", ""))
            if found is None:
                raise _no_git("no git program on the PATH")
            self._resolved.append(found)
        return self._resolved[0]

    def version(self) -> tuple[int, int, int]:
        """Return git's version, (0, 0, 0) if it prints something odd."""
        match = _VERSION.search(self.run(["version"]).decode("ascii", "replace"))
        if match is None:
            return (0, 0, 0)
        return (int(match[1]), int(match[2]), int(match[3] or 0))

    def neutral_environment(self) -> dict[str, str]:
        """Return the caller's environment without GIT_*, with our own settings."""
        kept = {k: v for k, v in self.environment.items() if not k.upper().startswith("GIT_")}
        return kept | _NEUTRAL

    @staticmethod
    def _options(git_dir: Path | None, settings: Sequence[str]) -> list[str]:
        options = [f"--git-dir={git_dir}"] if git_dir is not None else []
        for setting in (*_SETTINGS, *settings):
            options += ["-c", setting]
        return options


def check_argument(value: str, what: str) -> str:
    """Return a user's argument if git cannot take it for an option or a command (X-01).

    Raises:
        UsageError: GPV-422-ARGUMENT.
    """
    if not value or value.startswith("-") or any(ord(c) < 0x20 or ord(c) == 0x7F for c in value):  # noqa: PLR2004 - C0 and DEL
        raise UsageError(
            Code.ARGUMENT,
            f"{what} {value[:80]!r} is not acceptable: it is empty, begins with '-' or holds"
            " control characters",
            argument=what,
        )
    return value


def _no_git(reason: str) -> StorageError:
    remedy = "install git 2.36 or newer and put it on the PATH"
    return StorageError(Code.REPO_UNSUPPORTED, f"cannot run git: {reason}; {remedy}", remedy=remedy)


def _failed(command: str, code: int, stderr: bytes) -> StorageError:
    words = stderr.decode("utf-8", "replace").strip()
    first = words.splitlines()[0] if words else "it gave no reason"
    return StorageError(
        Code.STORAGE,
        f"git {command} failed with exit code {code}: {first}",
        command=command,
        exit_code=code,
        stderr=words,
    )
