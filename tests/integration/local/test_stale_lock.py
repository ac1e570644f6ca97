"""A ref's lock that a dead process left is removed; every other one is left alone (F-02)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.git.ref_updates import PygitRefs
from gitprov.local import writer_lock as lock_module
from gitprov.local.lock_owner import Owner, current_owner, is_proven_dead
from gitprov.local.writer_lock import FileLock
from tests.integration.git.world import LEDGER, World, finish, open_world, start_python

pytestmark = pytest.mark.git

DIE = """
import os, sys, time
from pathlib import Path
from gitprov.local.writer_lock import FileLock
common = Path(sys.argv[1])
with FileLock(common / "gitprov", ("refs/gitprov/ledger", "refs/notes/gitprov")).hold(10):
    (common / sys.argv[2]).parent.mkdir(parents=True, exist_ok=True)
    (common / sys.argv[2]).touch()
    print("locked", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def _soon_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "STALE_AFTER", 0.3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git", patience=0.1)


def kill_holder(world: World, name: str = f"{LEDGER}.lock") -> int:
    """Kill a process that holds the writer lock and a ref's lock; return its number."""
    process = start_python(DIE, world.path, name)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.pid


def with_told(world: World, patience: float = 3) -> tuple[FileLock, PygitRefs, list[str]]:
    told: list[str] = []
    lock = FileLock(
        world.path / "gitprov",
        (LEDGER,),
        on_recovery=lambda what, who: told.append(f"{what} {who}"),
    )
    refs = PygitRefs(world.repository, world.path, patience=patience, clear_dead=lock.clear_dead)
    return lock, refs, told


def test_f02_a_dead_owners_lock_is_waited_for_and_removed(world: World) -> None:
    pid = kill_holder(world)
    commit = world.put_commit(world.put_file(None, "a", b"x"))
    lock, refs, told = with_told(world)
    started = time.monotonic()
    with lock.hold(1):
        refs.swap(LEDGER, commit, None)
    assert time.monotonic() - started > 0.1, "not before it is old enough"
    assert refs.get(LEDGER) == commit
    name = f"process {pid} on {os.uname().nodename}"
    assert told == [f"lock {name}", f"{LEDGER} {name}"]
    assert (world.path / "gitprov" / "lock").read_bytes() == b""


def test_whoever_gives_up_leaves_the_proof_to_the_next(world: World) -> None:
    kill_holder(world)
    commit = world.put_commit(world.put_file(None, "a", b"x"))
    for _ in range(3):
        lock, refs, _ = with_told(world, patience=0.01)
        with lock.hold(1), pytest.raises(StorageError) as caught:
            refs.swap(LEDGER, commit, None)
        assert caught.value.code is Code.BUSY
    pid = kill_holder(world, "refs/notes/gitprov.lock")
    time.sleep(0.3)
    lock, refs, told = with_told(world)
    with lock.hold(1):
        refs.swap(LEDGER, commit, None)
        refs.swap("refs/notes/gitprov", commit, None)
    assert len(told) == 3
    assert told[2] == f"refs/notes/gitprov process {pid} on {os.uname().nodename}"


def test_a_living_owners_lock_stays(world: World) -> None:
    process = start_python(DIE, world.path, f"{LEDGER}.lock")
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.4)
    commit = world.put_commit(world.put_file(None, "a", b"x"))
    with pytest.raises(StorageError) as caught:
        world.refs.swap(LEDGER, commit, None)
    assert caught.value.code is Code.BUSY
    with pytest.raises(StorageError) as caught, world.lock.hold(0.05):
        pass
    assert caught.value.code is Code.BUSY
    assert (world.path / f"{LEDGER}.lock").exists()
    finish(process)


@pytest.mark.parametrize("change", ["", "host", "machine", "unnamed ref", "living", "newer"])
def test_f02_without_proof_a_lock_stays(world: World, change: str) -> None:
    here = current_owner((LEDGER,))
    dead = Owner(2**22 + 1, here.host, here.machine, here.boot, "1", (LEDGER,))
    owners = {
        "host": Owner(dead.pid, "elsewhere", dead.machine, dead.boot, "1", (LEDGER,)),
        "machine": Owner(dead.pid, dead.host, "another", dead.boot, "1", (LEDGER,)),
        "unnamed ref": Owner(dead.pid, dead.host, dead.machine, dead.boot, "1", ("refs/x",)),
        "living": here,
    }
    ref_lock = world.path / f"{LEDGER}.lock"
    ref_lock.parent.mkdir(parents=True)
    (world.path / "gitprov").mkdir()
    if change != "newer":
        ref_lock.touch()
    record = owners.get(change, dead).to_line() if change else b""
    (world.path / "gitprov" / "lock").write_bytes(record)
    time.sleep(0.4)
    with world.lock.hold(1):
        if change == "newer":
            time.sleep(0.05)
            ref_lock.touch()
            time.sleep(0.4)
        assert not world.lock.clear_dead(LEDGER)
    assert ref_lock.exists()


def test_a_restart_of_the_machine_is_a_proof() -> None:
    here = current_owner()
    before = Owner(1, here.host, here.machine or "m", "another boot", "1", (LEDGER,))
    if not here.machine:
        here = Owner(here.pid, here.host, "m", here.boot, here.started)
    assert is_proven_dead(before, here)


def test_a_process_of_the_same_number_but_another_start_is_another() -> None:
    here = current_owner()
    again = Owner(here.pid, here.host, here.machine, here.boot, here.started + "0")
    assert is_proven_dead(again, here)
    assert not is_proven_dead(here, here)
    assert not is_proven_dead(Owner(1, here.host, here.machine, here.boot, ""), here)
    assert not is_proven_dead(Owner(2**70, here.host, here.machine, here.boot, "1"), here)


def test_a_zombie_is_dead() -> None:
    process = start_python("import sys; sys.stdin.readline()")
    here = current_owner()
    owner = Owner(process.pid, here.host, here.machine, here.boot, "")
    assert not is_proven_dead(owner, here)
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_proven_dead(owner, here)
    process.communicate()
    assert is_proven_dead(owner, here)


def test_a_lock_that_is_gone_by_itself_is_no_recovery(world: World) -> None:
    lock, _, told = with_told(world)
    with lock.hold(1):
        assert lock.clear_dead(LEDGER)
    assert told == []
