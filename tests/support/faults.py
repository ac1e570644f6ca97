"""A ledger that processes work on while they are killed, starved or held up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitprov.app.init import initialise
from gitprov.app.init_keys import KeyOptions
from gitprov.app.verify import VerifyOptions, verify
from gitprov.codec.records import to_bytes
from gitprov.model.finding import Finding
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.model.times import format_time
from gitprov.wiring.workspace import Workspace, open_workspace
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.moments import Moment, known_calls, read_trace
from tests.support.source_tree import ROOT
from tests.support.warm_program import WarmProgram

LEDGER = "refs/gitprov/ledger"
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

    def run(self, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run gitprov."""
        return subprocess.run(
            [sys.executable, "-m", "gitprov", *args],
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
            initialise(workspace, KeyOptions(key=key, agent_key=agent_key))

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

    def policies(self) -> int:
        """Return how many policies the ledger has."""
        return len(self.git("ls-tree", "--name-only", f"{LEDGER}:policy").split())

    def assert_unharmed(self, before: str | None) -> None:
        """Assert that the tip is the old one or one entry on it, and that Git is content."""
        tip = self.tip()
        if tip not in {None, before}:
            parents = self.git("rev-list", "--parents", "-n", "1", str(tip)).split()[1:]
            assert parents == ([] if before is None else [before])
        self.git("fsck", "--strict", "--no-dangling", "--no-progress")

    def assert_recovers(self, record: RunRecord) -> None:
        """Assert that the same record lands now, by itself, exactly once."""
        is_there = record.run_id in self.run_ids()
        receipt = self.submit(record)
        expected = RecordState.ALREADY_RECORDED if is_there else RecordState.RECORDED
        assert receipt.state is expected
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


def init_options(ring: KeyRing) -> tuple[str, ...]:
    """Return the options of init for a ledger of Alice and the bot."""
    return ("--key", ring["alice"].fingerprint, "--agent-key", ring["bot"].fingerprint)


def founded_world(path: Path, ring: KeyRing) -> FaultWorld:
    """Make a repository with a ledger of Alice and the bot."""
    world = bare_world(path, ring)
    done = world.run("init", *init_options(ring))
    assert done.returncode == 0, done.stderr.decode()
    return world


def copied_world(template: FaultWorld, path: Path) -> FaultWorld:
    """Make another repository just like that one."""
    shutil.copytree(template.path, path)
    return FaultWorld(path, template.home)


def watched(warm: WarmProgram, world: FaultWorld, *args: str, stdin: bytes = b"") -> list[Moment]:
    """Run the program once, and return the moments at which it changed the disk."""
    with tempfile.NamedTemporaryFile() as trace:
        options = ("-y", "-o", trace.name, "-e", f"trace={known_calls()}")
        done = warm(args, world.path, world.env, stdin, strace=("-f", *options))
        assert done.returncode == 0, done.stderr.decode()
        return read_trace(Path(trace.name), done.pid)


def injecting(moment: Moment, what: str) -> tuple[str, ...]:
    """Return the options of strace that inject something at a moment of the program itself.

    The programs that it starts are not touched.
    """
    call = moment.call
    return ("-o", os.devnull, "-e", f"inject={call}:{what}:when={moment.number}")
