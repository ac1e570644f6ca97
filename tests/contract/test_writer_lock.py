"""WriterLock, by flock on a file."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError, UsageError
from gitprov.local.lock_owner import Owner, current_owner
from gitprov.local.writer_lock import FileLock
from gitprov.service.ports.writing import WriterLock
from tests.integration.git.world import finish, start_python

HOLD = """
import sys, time
from pathlib import Path
from gitprov.local.writer_lock import FileLock
with FileLock(Path(sys.argv[1]), ("refs/gitprov/ledger",)).hold(5):
    print("held", flush=True)
    sys.stdin.readline()
"""
COUNT = """
import sys
from pathlib import Path
from gitprov.local.writer_lock import FileLock
folder = Path(sys.argv[1])
lock = FileLock(folder)
counter = folder / "counter"
for _ in range(50):
    with lock.hold(60):
        value = int(counter.read_text())
        counter.write_text(str(value + 1))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "repo.git" / "gitprov"


def test_it_fits_the_port(folder: Path) -> None:
    lock: WriterLock = FileLock(folder)
    with lock.hold(0):
        assert (folder / "lock").exists()


def test_the_owner_is_named_while_it_is_held(folder: Path) -> None:
    lock = FileLock(folder, ("refs/x",))
    assert lock.owner() is None
    with lock.hold(0):
        assert lock.owner() == current_owner(("refs/x",))
    assert lock.owner() is None
    assert (folder / "lock").read_bytes() == b""


def test_it_can_be_held_again_also_after_an_error(folder: Path) -> None:
    lock = FileLock(folder)
    with pytest.raises(KeyboardInterrupt), lock.hold(0):
        raise KeyboardInterrupt
    with lock.hold(0):
        pass
    with FileLock(folder).hold(0):
        pass


def test_holding_it_twice_in_one_thread_is_a_mistake(folder: Path) -> None:
    lock = FileLock(folder)
    with lock.hold(0), pytest.raises(UsageError), lock.hold(10):
        pass
    with lock.hold(0):
        pass


def test_another_process_waits_and_then_says_busy(folder: Path) -> None:
    other = start_python(HOLD, folder)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    lock = FileLock(folder)
    started = time.monotonic()
    with pytest.raises(StorageError) as caught, lock.hold(0.2):
        pass
    assert 0.2 <= time.monotonic() - started < 5
    assert caught.value.code is Code.BUSY
    assert f"process {other.pid} on" in caught.value.message
    finish(other)
    with lock.hold(5):
        pass


def test_whoever_finds_the_work_done_goes_on_without_the_lock(folder: Path) -> None:
    lock = FileLock(folder)
    asked: list[bool] = []

    def is_needless() -> bool:
        asked.append(len(asked) == 3)
        return asked[-1]

    with lock.hold(0) as held:
        assert held
        owner = lock.owner()
        with FileLock(folder).hold(60, is_needless) as other:
            assert not other
            assert lock.owner() == owner
    assert asked == [False, False, False, True]


def test_threads_exclude_one_another(folder: Path) -> None:
    lock = FileLock(folder)
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with lock.hold(30):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 100
    assert max(most) == 1


def test_processes_exclude_one_another(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "counter").write_text("0")
    for process in [start_python(COUNT, folder) for _ in range(6)]:
        finish(process)
    assert (folder / "counter").read_text() == "300"


def test_a_killed_owner_frees_the_lock_and_is_reported(folder: Path) -> None:
    other = start_python(HOLD, folder)
    assert other.stdout is not None
    other.stdout.readline()
    other.send_signal(signal.SIGKILL)
    other.wait()
    told: list[tuple[str, Owner]] = []
    lock = FileLock(folder, on_recovery=lambda what, owner: told.append((what, owner)))
    with lock.hold(1):
        pass
    assert [(what, owner.pid) for what, owner in told] == [("lock", other.pid)]
    with lock.hold(1):
        pass
    assert len(told) == 1
    other.communicate()


@pytest.mark.parametrize("content", [b"garbage", b"\xff\n\xff", b"{}\n" * 5000, b"\n\n\n"])
def test_a_damaged_lock_file_is_no_obstacle(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "lock").write_bytes(content)
    lock = FileLock(folder)
    assert lock.owner() is None
    with lock.hold(0):
        assert lock.owner() == current_owner()
    assert (folder / "lock").read_bytes() == b""


def test_a_symbolic_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "lock").symlink_to(tmp_path / "victim")
    with pytest.raises(StorageError) as caught, FileLock(folder).hold(0):
        pass
    assert caught.value.code is Code.STORAGE
    assert not (tmp_path / "victim").exists()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught, FileLock(tmp_path / "file" / "gitprov").hold(0):
        pass
    assert caught.value.code is Code.STORAGE


def test_only_a_holder_clears_locks(folder: Path) -> None:
    assert not FileLock(folder).clear_dead("refs/x")
    with FileLock(folder).hold(0) as held:
        assert held


def test_a_child_program_does_not_keep_the_lock(folder: Path) -> None:
    lock = FileLock(folder)
    with lock.hold(0):
        child = start_python("import sys; sys.stdin.readline()")
    with lock.hold(0):
        assert os.getpid() != child.pid
    finish(child)
