"""A ledger that processes work on while they are killed, starved or held up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitprov.bootstrap.founding import InitOptions, initialise
from gitprov.bootstrap.settings import Overrides
from gitprov.bootstrap.verification import VerifyOptions, verify
from gitprov.bootstrap.workspace import Workspace, open_workspace
from gitprov.codec.records import to_bytes
from gitprov.model.finding import Finding
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.model.times import format_time
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

LEDGER = "refs/gitprov/ledger"
# The calls that change what is on disk; between two of them nothing changes.
CHANGING_CALLS = ("write", "fsync", "rename", "link", "unlink", "unlinkat", "mkdir", "ftruncate")
_LIMIT = 120


@dataclass(frozen=True)
class FaultWorld:
    """A repository with a ledger, its keys, and the program.

    Args:
        path: the work tree.
        home: the gpg home.
    """

    path: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """The variables that the program sees."""
        # Without coverage, whose own files would be hit by the same faults.
        kept = {n: v for n, v in os.environ.items() if not n.startswith("COVERAGE_")}
        return {**kept, "GNUPGHOME": str(self.home), "PYTHONPATH": str(ROOT)}

    @property
    def git(self) -> Git:
        """Git in the repository."""
        return Git(self.path)

    def tip(self) -> str | None:
        """Return the ledger's tip, None if there is none."""
        found = self.git.attempt("rev-parse", "--verify", "--quiet", LEDGER)
        return found.stdout.decode().strip() or None

    def run(
        self, *args: str, stdin: bytes = b"", before: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Run gitprov, below another program if there is one."""
        return subprocess.run(
            [*before, sys.executable, "-m", "gitprov", *args],
            cwd=self.path,
            env=self.env,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Open the repository in this process."""
        with _variable("GNUPGHOME", str(self.home)):
            yield open_workspace(Overrides(path=self.path))

    def make_run(self) -> tuple[RunRecord, bytes]:
        """Make a complete record, so that handing it in again is handing in the same bytes."""
        with self.workspace() as workspace:
            now = format_time(workspace.clock.now_ms())
            draft = {
                "recorded_at": now,
                "agent_name": "fault",
                "run_status": "SUCCESS",
                "status_before": "A",
                "status_after": "B",
                "mutation": {"actor_kind": "HUMAN"},
                "code_commits": ["HEAD"],
            }
            record = workspace.drafting().complete(draft)
        return record, to_bytes(record)

    def initialise(self, key: str, agent_key: str) -> None:
        """Make the ledger, or complete what a dead process left, in this process."""
        with self.workspace() as workspace:
            initialise(workspace, InitOptions(key=key, agent_key=agent_key))

    def submit(self, record: RunRecord) -> Receipt:
        """Hand a record in, in this process."""
        with self.workspace() as workspace:
            (receipt,) = workspace.recorder().submit([record])
        return receipt

    def findings(self) -> tuple[Finding, ...]:
        """Verify the ledger and return what is found."""
        with self.workspace() as workspace:
            return verify(workspace, VerifyOptions(jobs=1)).findings

    def run_ids(self) -> list[str]:
        """Return the ids of every run on the ledger, as plain git lists them."""
        paths = self.git("ls-tree", "-r", "--name-only", LEDGER, "--", "runs").split()
        return [Path(path).stem for path in paths]

    def assert_unharmed(self, before: str | None) -> None:
        """Assert that the tip is the old one or one entry on it, and that Git is content."""
        tip = self.tip()
        if tip not in {None, before}:
            parents = self.git("rev-list", "--parents", "-n", "1", str(tip)).split()[1:]
            assert parents == ([] if before is None else [before])
        self.git("fsck", "--strict", "--no-dangling", "--no-progress")

    def assert_recovers(self, record: RunRecord) -> None:
        """Assert that the same record lands now, by itself, exactly once."""
        receipt = self.submit(record)
        assert receipt.state in {RecordState.RECORDED, RecordState.ALREADY_RECORDED}
        assert self.run_ids().count(record.run_id) == 1
        assert list((self.path / ".git/gitprov/spool").rglob("*.yaml")) == []


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    old = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if old is None:
            del os.environ[name]
        else:
            os.environ[name] = old


def bare_world(path: Path, ring: KeyRing) -> FaultWorld:
    """Make a repository with one commit and no ledger."""
    path.mkdir(parents=True)
    git = Git(path)
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "first")
    return FaultWorld(path, ring.home)


def founded_world(path: Path, ring: KeyRing) -> FaultWorld:
    """Make a repository with a ledger of Alice and the bot."""
    world = bare_world(path, ring)
    init = ("--key", ring["alice"].fingerprint, "--agent-key", ring["bot"].fingerprint)
    done = world.run("init", *init)
    assert done.returncode == 0, done.stderr.decode()
    return world


def killed_at(call: str, number: int) -> tuple[str, ...]:
    """Return the command that kills each process below it at its n-th such system call."""
    return injecting(call, f"signal=KILL:when={number}")


def injecting(call: str, what: str) -> tuple[str, ...]:
    """Return the command that injects something into system calls of each process below it."""
    quiet = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null")
    return (*quiet, "-e", f"trace={call}", "-e", f"inject={call}:{what}")
