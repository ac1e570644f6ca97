"""F-31: without file descriptors, memory or inodes there is a code, and nothing half done."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.disk.parallel_sync import sync_at_once
from tests.support.faults import FaultWorld, copied_world
from tests.support.warm_program import WarmProgram

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_MIB = 1 << 20


def assert_coded(world: FaultWorld, warm: WarmProgram, limit: int, most: int) -> int:
    """Record under a limit, and again without it; return the exit code."""
    record, content = world.make_run()
    before = world.tip()
    args = ["record", "-", "--json"]
    done = warm(args, world.path, world.env, content, limits={limit: most})
    answer = json.loads(done.stdout)
    assert done.returncode in {0, 3}, answer
    if done.returncode == 0 and answer["state"] == "spooled":
        assert answer["warnings"][0]["code"].startswith("GPV-5")
    elif done.returncode == 3:
        assert answer["code"].startswith(("GPV-5", "GPV-4")), answer
    world.assert_unharmed(before)
    world.assert_recovers(record)
    return done.returncode


def test_f31_without_file_descriptors(world: FaultWorld, warm: WarmProgram) -> None:
    most = (3, 4, 5, 6, 9, 12, 20, 200)
    codes = [assert_coded(world, warm, resource.RLIMIT_NOFILE, n) for n in most]
    assert (codes[0], codes[-1]) == (3, 0)
    assert world.findings() == ()


def test_f31_without_memory(world: FaultWorld, warm: WarmProgram) -> None:
    most = [mib * _MIB for mib in (48, 72, 76, 80, 84, 88, 100, 700)]
    codes = [assert_coded(world, warm, resource.RLIMIT_AS, n) for n in most]
    assert (codes[0], codes[-1]) == (3, 0)
    assert world.findings() == ()


def test_f31_without_room_for_threads_one_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[int] = []
    sync_at_once(done.append, range(20))
    assert sorted(done) == list(range(20))


@pytest.fixture
def disk_of_few_files(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a thousand files; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,nr_inodes=1000", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, timeout=60)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


@pytest.mark.root
@pytest.mark.parametrize("left", [0, 2, 9])
def test_f31_without_inodes(
    disk_of_few_files: Path, template: FaultWorld, warm: WarmProgram, left: int
) -> None:
    world = copied_world(template, disk_of_few_files / "r")
    record, content = world.make_run()
    before = world.tip()
    fillers = disk_of_few_files / "fillers"
    fillers.mkdir()
    for number in range(os.statvfs(disk_of_few_files).f_ffree - left):
        (fillers / str(number)).touch()
    done = warm(["record", "-", "--json"], world.path, world.env, content)
    answer = json.loads(done.stdout)
    told = answer["warnings"][0]["code"] if done.returncode == 0 else answer["code"]
    assert (done.returncode in {0, 3}, told) == (True, "GPV-507-STORAGE"), answer
    assert world.tip() == before
    assert world.findings() == ()
    for filler in fillers.iterdir():
        filler.unlink()
    world.assert_unharmed(before)
    world.assert_recovers(record)
