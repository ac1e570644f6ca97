"""A sealed place to measure in: its own home, keys and repositories, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import hermetic
from tests.support.git import Git
from tests.support.keys import KeyRing, new_ring
from tests.support.source_tree import ROOT

if TYPE_CHECKING:
    from tests.benchmarks.building import Plan

OWNER = "alice"
_LIMIT = 7200


@dataclass
class Bench:
    """Where rows are measured.

    Args:
        path: a scratch folder.
        ring: the gpg home and its one key.
        is_full: measure at full size.
        ledgers: ledgers that were built, for rows that only read them.
    """

    path: Path
    ring: KeyRing
    is_full: bool
    ledgers: dict[Plan, Path] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """Fingerprint of the key that signs."""
        return self.ring[OWNER].fingerprint

    def size(self, short: int, full: int) -> int:
        """Choose between the size for everyday use and the full one."""
        return full if self.is_full else short

    def repository(self, name: str) -> Path:
        """Make a repository with a ledger of that one key."""
        path = Git(self.path).init(self.path / name).path
        run([*program(), "init", "--key", self.owner, "--agent-key", "none"], path)
        return path


@contextmanager
def sealed(*, is_full: bool) -> Iterator[Bench]:
    """Seal the environment of this process and its children, as the tests do.

    The audit hook of the tests is left out: it would slow down every call that it watches.
    """
    scratch = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))  # gpg needs a short path
    try:
        for name in [name for name in os.environ if _is_removed(name)]:
            del os.environ[name]
        os.environ.update(hermetic.neutral_settings(scratch))
        os.environ["PYTHONPATH"] = str(ROOT)
        with new_ring(OWNER) as ring:
            os.environ["GNUPGHOME"] = str(ring.home)
            yield Bench(scratch, ring, is_full)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _is_removed(name: str) -> bool:
    """Whether a variable must go: the tests' choice, and what changes how Python starts.

    With PYTHONDONTWRITEBYTECODE, for one, every start would compile changed modules again.
    """
    return hermetic.is_removed(name) or name.startswith("PYTHON")


def program() -> list[str]:
    """Return how gitprov is started: its console script where that is installed."""
    script = Path(sys.executable).with_name("gitprov")
    return [str(script)] if script.exists() else [sys.executable, "-m", "gitprov"]


def run(command: Sequence[str], cwd: Path, stdin: bytes = b"", **env: str) -> bytes:
    """Run a program, which must succeed; return what it printed.

    Args:
        command: the program and its arguments.
        cwd: its current folder.
        stdin: what it reads.
        env: variables on top of the sealed environment.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        input=stdin,
        capture_output=True,
        check=False,
        timeout=_LIMIT,
    )
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace")
        message = f"{' '.join(command)[:200]}: exit {done.returncode}\n{words}"
        raise RuntimeError(message)
    return done.stdout
