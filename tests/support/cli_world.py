"""The program as a user starts it: a process of its own, real git, real gpg.

Most calls are forked from a program that is loaded already (see warm_program): it is the same
program, half a second earlier. ``started`` and ``shell`` begin with a new Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.git import Git
from tests.support.source_tree import ROOT
from tests.support.warm_start import MEASURING, warm_one

ENTRY = (sys.executable, "-m", "gitprov")
_LIMIT = 120


@dataclass(frozen=True)
class Ended:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of its output."""
        return self.out.splitlines()

    @property
    def json(self) -> dict[str, Any]:
        """Its output, which must be one line of JSON in a named shape."""
        (line,) = self.lines
        content = json.loads(line)
        assert isinstance(content, dict)
        assert content["schema"].startswith("gitprov.")
        return content


@dataclass(frozen=True)
class Cli:
    """Runs gitprov in one folder.

    Args:
        path: the current folder of the program.
        env: variables on top of the sealed environment; None removes one.
    """

    path: Path
    env: Mapping[str, str | None] = field(default_factory=dict)

    def __call__(self, *args: str, stdin: str | bytes = b"", **env: str | None) -> Ended:
        """Run the program to its end."""
        whole = self.environment(**env)
        with warm_one(whole) as program:
            if program is None:
                return self.started(*args, stdin=stdin, **env)
            # What the call starts itself, such as a server's hook, is not measured again.
            calls = {name: text for name, text in whole.items() if name != MEASURING}
            done = program(args, self.path, calls, _octets(stdin))
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def started(self, *args: str, stdin: str | bytes = b"", **env: str | None) -> Ended:
        """Run the program to its end in a new Python."""
        done = subprocess.run(
            [*ENTRY, *args],
            cwd=self.path,
            env=self.environment(**env),
            input=_octets(stdin),
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def shell(self, script: str, **env: str | None) -> Ended:
        """Run a script of bash in which ``gitprov`` is the program."""
        function = f'gitprov() {{ "{ENTRY[0]}" -m gitprov "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-c", function + script],
            cwd=self.path,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def environment(self, **env: str | None) -> dict[str, str]:
        """Return the variables that the program sees."""
        merged = {**os.environ, "PYTHONPATH": str(ROOT), **self.env, **env}
        return {name: value for name, value in merged.items() if value is not None}

    def at(self, path: Path) -> Cli:
        """Return a runner for another folder."""
        return replace(self, path=path)

    @property
    def git(self) -> Git:
        """Git in the same folder."""
        return Git(self.path)


def _octets(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


RUN = (
    "--agent",
    "demo",
    "--actor",
    "human",
    "--status",
    "SUCCESS",
    "--before",
    "A",
    "--after",
    "B",
)
"""The flags of a run that is good."""
