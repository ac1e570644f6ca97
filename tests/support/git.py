"""Real git for tests: a thin runner, a fresh repository, a neutral identity."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

NAME = "Test Person"
EMAIL = "person@example.org"
_IDENTITY = ("-c", f"user.name={NAME}", "-c", f"user.email={EMAIL}", "-c", "commit.gpgSign=false")


class GitFailedError(AssertionError):
    """Git ended with an exit code that the test did not expect."""


@dataclass(frozen=True)
class Git:
    """Runs git in one folder.

    Args:
        path: where git runs.
        env: variables on top of the sealed environment.
    """

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, stdin: str | bytes = b"") -> str:
        """Run git, which must succeed; return its output as text without the final LF."""
        return self.raw(*args, stdin=stdin).decode().removesuffix("\n")

    def raw(self, *args: str, stdin: str | bytes = b"") -> bytes:
        """Run git, which must succeed; return its output as bytes."""
        done = self.attempt(*args, stdin=stdin)
        if done.returncode:
            message = f"git {' '.join(args)}: exit {done.returncode}\n{done.stderr.decode()}"
            raise GitFailedError(message)
        return done.stdout

    def attempt(self, *args: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git whatever its exit code will be."""
        return subprocess.run(
            ["git", *_IDENTITY, *args],
            cwd=self.path,
            env={**os.environ, **self.env},
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )

    def at(self, path: Path) -> Git:
        """Return a runner for another folder."""
        return Git(path, self.env)

    def init(self, path: Path, *options: str) -> Git:
        """Make a repository whose own settings are neutral; return its runner."""
        self("init", "--quiet", "--initial-branch=main", *options, str(path))
        made = self.at(path)
        for name, value in (
            ("user.name", NAME),
            ("user.email", EMAIL),
            ("commit.gpgSign", "false"),
            ("gc.auto", "0"),
        ):
            made("config", name, value)
        return made

    def commit(self, files: Mapping[str, str | bytes], message: str = "A change") -> str:
        """Write files, commit them on the current branch; return the commit's oid."""
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self("add", "--", *files)
        self("commit", "--quiet", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git in the test's own folder, which is not a repository."""
    return Git(tmp_path)


@pytest.fixture
def repo(git: Git, tmp_path: Path) -> Git:
    """A fresh repository with a work tree and no commit."""
    return git.init(tmp_path / "repo")


@pytest.fixture
def bare(git: Git, tmp_path: Path) -> Git:
    """A fresh bare repository."""
    return git.init(tmp_path / "bare.git", "--bare")
