"""hooks/pre-receive.sh: real pushes by plain git; the ledger only grows."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.faults import LEDGER, FaultWorld, founded_world
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.gpg, pytest.mark.git]


@dataclass(frozen=True)
class Remote:
    world: FaultWorld
    path: Path

    def push(self, *refs: str) -> subprocess.CompletedProcess[bytes]:
        return self.world.git.attempt("push", str(self.path), *refs)

    def tip(self) -> str:
        return Git(self.path)("rev-parse", LEDGER)

    def expect_refusal(self, code: str, *refs: str) -> None:
        before = self.tip()
        done = self.push(*refs)
        assert done.returncode != 0
        assert code in done.stderr.decode()
        assert self.tip() == before


@pytest.fixture
def remote(keys: KeyRing, tmp_path: Path) -> Remote:
    world = founded_world(tmp_path / "r", keys)
    for _ in range(2):
        world.submit(world.make_run()[0])
    bare = tmp_path / "remote.git"
    world.git("init", "--quiet", "--bare", str(bare))
    shutil.copy(ROOT / "hooks/pre-receive.sh", bare / "hooks/pre-receive")
    made = Remote(world, bare)
    pushed = made.push(f"{LEDGER}:{LEDGER}", "HEAD:refs/heads/main")
    assert pushed.returncode == 0, pushed.stderr.decode()
    return made


def test_new_entries_and_code_pass(remote: Remote) -> None:
    remote.world.submit(remote.world.make_run()[0])
    remote.world.git("commit", "--quiet", "--allow-empty", "-m", "second")
    done = remote.push(f"{LEDGER}:{LEDGER}", "HEAD:refs/heads/main", "HEAD:refs/heads/other")
    assert done.returncode == 0, done.stderr.decode()
    assert remote.tip() == remote.world.tip()


def test_a_rewind_a_deletion_and_reserved_names_are_refused(remote: Remote) -> None:
    remote.expect_refusal("GPV-409-NON-FF", f"+{LEDGER}~1:{LEDGER}")
    remote.expect_refusal("GPV-409-REF-DELETE", f":{LEDGER}")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/gitprov/Ledger")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/gitprov/else")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/replace/{remote.tip()}")


def test_an_unsigned_entry_and_an_edit_are_refused(remote: Remote) -> None:
    git = remote.world.git
    tip = remote.tip()
    unsigned = git(
        "commit-tree", "-p", tip, "-m", "gpgsig -----BEGIN PGP SIGNATURE-----", f"{tip}^{{tree}}"
    )
    remote.expect_refusal("GPV-401-UNSIGNED", f"{unsigned}:{LEDGER}")
    emptied = git("commit-tree", "-p", tip, "-m", "empty", git("mktree"))
    remote.expect_refusal("GPV-409-APPEND-ONLY", f"{emptied}:{LEDGER}")


def test_one_bad_ref_refuses_the_whole_push(remote: Remote) -> None:
    remote.world.git("commit", "--quiet", "--allow-empty", "-m", "third")
    remote.expect_refusal("GPV-409-REF-DELETE", f":{LEDGER}", "HEAD:refs/heads/main")
    assert Git(remote.path)("rev-parse", "refs/heads/main") != remote.world.git("rev-parse", "HEAD")


def test_no_line_on_standard_input_is_refused(remote: Remote) -> None:
    done = subprocess.run(
        ["sh", "hooks/pre-receive"], cwd=remote.path, input=b"", capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"GPV-500-INTERNAL" in done.stderr
