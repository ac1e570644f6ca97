"""A server's repository in tests, and the commands that care for it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitprov.wiring.shipped_files import read_shipped
from tests.support.cli_inside import Inside
from tests.support.cli_world import Cli, Ended
from tests.support.git import Git
from tests.support.history import LEDGER

Snapshot = dict[str, tuple[int, int, bytes]]


@dataclass(frozen=True)
class Caretaker:
    """Whoever runs ``gitprov server`` on the server, with a Python that has gitprov.

    Args:
        inside: calls the program.
        python: the interpreter that the hook is to run.
    """

    inside: Inside
    python: str

    @classmethod
    def at(cls, path: Path, python: str, capture: pytest.CaptureFixture[str]) -> Caretaker:
        """Work in a folder."""
        return cls(Inside(Cli(path), capture), python)

    def __call__(self, *args: str) -> Ended:
        """Run ``gitprov server ...``."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", self.python)
            return self.inside("server", *args)

    def install(self, path: Path, *args: str) -> Ended:
        """Install the hook, which must work."""
        ended = self("install", str(path), *args)
        assert ended.code == 0, ended.err
        return ended

    def doctor(self, path: Path, *args: str) -> dict[str, list[str]]:
        """Examine a server; return what was found, health -> messages, and how it ended."""
        ended = self("doctor", str(path), "--json", *args)
        found: dict[str, list[str]] = {"exit": [str(ended.code)]}
        for check in ended.json["checks"]:
            found.setdefault(check["health"], []).append(check["message"])
            if check["health"] == "problem":
                assert check["remedy"], check
        return found


def snapshot(folder: Path) -> Snapshot:
    """Return every file and folder below with its mode, its time and its bytes.

    Not the time of objects: git notes there that it met one again, borrowed ones as well.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(folder).as_posix()
        has_time = path.is_file() and not name.startswith("objects/")
        found[name] = (facts.st_mode, facts.st_mtime_ns if has_time else 0, content)
    return found


def write_hook(path: Path, text: str, mode: int = 0o755) -> None:
    """Write a hook of somebody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def load_sample(path: Path, tmp_path: Path) -> str:
    """Give a repository the ledger that the doctor brings along; return its genesis."""
    bundle = tmp_path / "sample.bundle"
    bundle.write_bytes(read_shipped("hooks/probe.bundle"))
    git = Git(path)
    git("fetch", "--quiet", str(bundle), f"{LEDGER}:{LEDGER}")
    return git("rev-list", "--max-parents=0", LEDGER)


def is_root() -> bool:
    """Whether modes hold this process back."""
    return os.geteuid() == 0
