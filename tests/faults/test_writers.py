"""F-17 and F-18: many writers at once lose nothing, and a held lock is waited for, then said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest

from tests.support.faults import LEDGER, FaultWorld
from tests.support.keys import KeyRing

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]

_WRITERS, _EACH = 8, 6
_SCRIPT = """
import sys
import gitprov
draft = {"agent_name": "writer", "run_status": "SUCCESS", "status_before": "A",
         "status_after": "B", "mutation": {"actor_kind": "HUMAN"}, "code_commits": ["HEAD"]}
with gitprov.open_ledger(".") as ledger:
    for _ in range(int(sys.argv[1])):
        receipt = ledger.append(draft)
        print(receipt.run_id, receipt.state, receipt.entry)
"""


def start(world: FaultWorld, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(count)],
        cwd=world.path,
        env={**world.env, "GITPROV_LOCK_TIMEOUT": "60"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_f18_many_writers_lose_nothing(world: FaultWorld) -> None:
    writers = [start(world, _EACH) for _ in range(_WRITERS)]
    acknowledged = []
    for writer in writers:
        out, err = writer.communicate(timeout=100)
        assert writer.returncode == 0, err
        assert err == ""
        acknowledged += [line.split() for line in out.splitlines()]
    assert len(acknowledged) == _WRITERS * _EACH
    assert {state for _, state, _ in acknowledged} == {"recorded"}
    assert sorted(run for run, _, _ in acknowledged) == sorted(world.run_ids())
    for run, _, entry in acknowledged[::7]:
        added = world.git("diff-tree", "-r", "--name-only", f"{entry}^", entry)
        assert run in added
    assert world.findings() == ()
    entries = int(world.git("rev-list", "--count", LEDGER))
    assert entries <= 1 + _WRITERS * _EACH
    lines = world.git("notes", "--ref", "gitprov", "show", "HEAD").splitlines()
    assert len(lines) == _WRITERS * _EACH


def test_what_waits_meanwhile_lands_in_one_entry_of_one_signature(
    world: FaultWorld, keys: KeyRing
) -> None:
    owner = keys["alice"].fingerprint
    with world.workspace() as workspace, workspace.lock.hold(0):
        writers = [start(world, 1) for _ in range(3)]
        deadline = time.monotonic() + 60
        while len(workspace.spool.names(owner)) < len(writers):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    lines = [writer.communicate(timeout=100)[0].split() for writer in writers]
    assert {state for _, state, _ in lines} == {"recorded"}
    assert len({entry for _, _, entry in lines}) == 1
    audit = (world.path / ".git" / "gitprov" / "audit.jsonl").read_text()
    assert audit.count('"append"') == 1, "one key use for all three"
    assert world.findings() == ()


def test_f17_a_ref_locked_by_a_live_process_is_busy_and_the_record_waits(
    world: FaultWorld,
) -> None:
    record, content = world.make_run()
    lock = world.path / ".git" / f"{LEDGER}.lock"
    lock.touch()
    done = subprocess.run(
        [sys.executable, "-m", "gitprov", "record", "-", "--json"],
        cwd=world.path,
        env={**world.env, "GITPROV_LOCK_TIMEOUT": "1"},
        input=content,
        capture_output=True,
        check=False,
        timeout=60,
    )
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["state"]) == (0, "spooled")
    assert [w["code"] for w in answer["warnings"]] == ["GPV-503-BUSY"]
    assert b"GPV-503-BUSY" in done.stderr
    assert lock.exists(), "a lock that may have a living owner is not ours to remove"
    lock.unlink()
    world.assert_recovers(record)


def test_f17_a_lock_that_goes_in_time_is_waited_for(world: FaultWorld) -> None:
    record, _ = world.make_run()
    lock = world.path / ".git" / f"{LEDGER}.lock"
    lock.touch()
    release = threading.Timer(0.5, lock.unlink)
    release.start()
    assert world.submit(record).state == "recorded"
    release.join()
    assert world.run_ids() == [record.run_id]
