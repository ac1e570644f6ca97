"""F-23 and F-35: gitprov shares a ledger with another writer of the same format, and both verify.

The other writer is the tests' own: plain git objects and gpg, none of gitprov's code. It stays as
it is while gitprov changes, as an older release does that is still installed somewhere.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from tests.support.faults import LEDGER, FaultWorld
from tests.support.git import Git
from tests.support.history import Claims, HistoryBuilder
from tests.support.keys import KeyRing
from tests.support.people import People
from tests.support.raw_objects import RawObjects

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_EACH = 8
_PAUSE = 0.05  # whoever never pauses wins every race, since only gitprov's own writers queue
_TRAILER = re.compile(r"^Gitprov-(\w+): (?:sha256:)?(\S+)$", re.MULTILINE)
_SCRIPT = """
import sys
import gitprov
draft = {"agent_name": "new", "run_status": "SUCCESS", "status_before": "A",
         "status_after": "B", "mutation": {"actor_kind": "HUMAN"}}
with gitprov.open_ledger(".") as ledger:
    for _ in range(int(sys.argv[1])):
        print(ledger.append(draft).run_id, flush=True)
"""


class SharedObjects(RawObjects):
    """The objects of a repository that others write to as well."""

    def content(self, oid: str) -> bytes:
        return Git(self.path).raw("cat-file", "tree", oid)


class OtherWriter:
    """Appends to a repository's ledger without gitprov."""

    def __init__(self, world: FaultWorld, keys: KeyRing) -> None:
        self._world = world
        folder = world.path / ".git"
        self._builder = HistoryBuilder(folder, People(keys, {}, {}), SharedObjects(folder))
        self._builder.seconds = int(time.time()) - 1

    def append(self) -> str:
        """Append one run, after losing any number of races; return its id."""
        run = self._builder.run("alice", agent="old")
        while True:
            tip = self._read_tip()
            self._builder.seconds = max(int(time.time()), self._builder.claims[tip].seconds)
            made = self._builder.append(run)
            moved = self._world.git.attempt("update-ref", LEDGER, made, tip)
            if moved.returncode == 0:
                return run.name
            assert b"lock" in moved.stderr or b"is at" in moved.stderr, moved.stderr

    def _read_tip(self) -> str:
        """Learn from plain git what the next entry builds on."""
        show = ("log", "-1", "--format=%H%n%T%n%ct%n%B", LEDGER)
        tip, tree, seconds, message = self._world.git(*show).split("\n", 3)
        said = dict(_TRAILER.findall(message))
        height, policy = int(said["Height"]), int(said["Policy"])
        self._builder.claims[tip] = Claims(height, said["Chain"], int(seconds), policy)
        self._builder.trees[tip] = tree
        self._builder.tip = tip
        self._builder.ledger_id = said["Ledger"]
        return tip


def test_f23_f35_an_older_writer_and_a_newer_one_share_a_ledger(
    world: FaultWorld, keys: KeyRing
) -> None:
    newer = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(_EACH)],
        cwd=world.path,
        env=world.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    older = OtherWriter(world, keys)
    written: list[str] = []
    while newer.poll() is None or len(written) < _EACH:
        written.append(older.append())
        time.sleep(_PAUSE)
    out, err = newer.communicate(timeout=100)
    assert (newer.returncode, err) == (0, "")
    written += out.split()
    assert len(written) >= 2 * _EACH
    assert sorted(world.run_ids()) == sorted(written)
    written.append(older.append())
    world.submit(world.make_run()[0])
    assert len(world.run_ids()) == len(written) + 1
    world.git("fsck", "--strict", "--no-dangling", "--no-progress")
    assert world.findings() == ()
