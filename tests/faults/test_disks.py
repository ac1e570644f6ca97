"""F-05 to F-08: a disk that fails, is full or cannot be written loses no acknowledged record."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import FaultWorld, copied_world, injecting
from tests.support.moments import Moment, chosen
from tests.support.warm_program import WarmProgram

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_ERRORS = {
    "write": "ENOSPC",
    "fsync": "EIO",
    "rename": "ENOSPC",
    "mkdir": "ENOSPC",
    "unlink": "EIO",
    "ftruncate": "EIO",
}


@pytest.mark.strace
@pytest.mark.parametrize(("call", "error"), _ERRORS.items())
def test_f05_f08_a_call_that_fails_once_loses_nothing(
    call: str,
    error: str,
    world: FaultWorld,
    warm: WarmProgram,
    moments_of_record: list[Moment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variants of a call (`renameat`) count as the call."""
    monkeypatch.setenv("GITPROV_LOCK_TIMEOUT", "1")
    world.submit(world.make_run()[0])
    mine = [m for m in chosen(moments_of_record) if m.call.removesuffix("at") == call]
    assert mine
    for moment in mine:
        record, content = world.make_run()
        before = world.tip()
        injected = injecting(moment, f"error={error}")
        done = warm(["record", "-", "--json"], world.path, world.env, content, strace=injected)
        assert done.returncode in {0, 3}, (moment, done.stderr.decode())
        assert b"Traceback" not in done.stderr
        world.assert_unharmed(before)
        answer = json.loads(done.stdout or b"{}")
        if answer.get("state") == "recorded":
            assert record.run_id in world.run_ids()
        elif done.returncode == 3:
            assert answer.get("code", "GPV-5").startswith("GPV-5"), answer
        world.assert_recovers(record)
    assert world.findings() == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=4k", "tmpfs", str(folder)],
        check=True,
        timeout=60,
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


def fill(folder: Path) -> Path:
    """Leave no free block."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


@pytest.mark.root
@pytest.mark.parametrize("full", ["space", "inodes"])
def test_f06_a_full_disk_makes_records_wait_elsewhere(
    small_disk: Path,
    template: FaultWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    full: str,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    world = copied_world(template, small_disk / "r")
    kept = [world.make_run()[0] for _ in range(3)]
    for record in kept:
        assert world.submit(record).state == "recorded"
    fillers = [fill(small_disk)] if full == "space" else use_up_inodes(small_disk)
    for _ in range(2):
        record, content = world.make_run()
        done = world.run("record", "-", "--json", stdin=content)
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["state"]) == (0, "spooled"), done.stderr
        assert b"GPV-507-STORAGE" in done.stderr
        kept.append(record)
    assert sorted(world.run_ids()) == sorted(r.run_id for r in kept[:3])
    assert world.findings() == ()
    for filler in fillers:
        filler.unlink()
    assert world.run("flush").returncode == 0
    assert sorted(world.run_ids()) == sorted(r.run_id for r in kept)
    assert world.findings() == ()


@pytest.mark.root
def test_f06_where_nothing_can_hold_a_record_one_line_says_so(
    small_disk: Path, template: FaultWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(small_disk / "state"))
    world = copied_world(template, small_disk / "r")
    record, content = world.make_run()
    filler = fill(small_disk)
    done = world.run("record", "-", "--json", stdin=content)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer.get("code")) == (3, "GPV-507-STORAGE"), done.stderr
    assert "nothing can hold the record" in answer["message"]
    assert "\n" not in answer["message"]
    assert world.run_ids() == []
    filler.unlink()
    world.assert_recovers(record)
    assert world.findings() == ()


@pytest.mark.root
def test_f06_a_spool_of_another_account_makes_records_wait_elsewhere(
    template: FaultWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    world = copied_world(template, tmp_path / "r")
    assert world.submit(world.make_run()[0]).state == "recorded"
    folders = [f for f in (world.path / ".git" / "gitprov" / "spool").iterdir() if f.is_dir()]
    for folder in folders:
        os.chown(folder, 12345, 12345)
    record, content = world.make_run()
    done = world.run("record", "-", "--json", stdin=content)
    assert done.returncode == 0, done.stderr
    assert record.run_id in world.run_ids()
    assert world.findings() == ()


def use_up_inodes(folder: Path) -> list[Path]:
    """Make empty files until no more can be made; space is left."""
    made: list[Path] = []
    while True:
        path = folder / f"i{len(made)}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)


@pytest.mark.root
def test_f07_a_read_only_disk_makes_records_wait_elsewhere(
    small_disk: Path, template: FaultWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    world = copied_world(template, small_disk / "r")
    record, content = world.make_run()
    _remount(small_disk, "ro")
    done = world.run("record", "-", "--json", stdin=content)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["state"]) == (0, "spooled"), done.stderr
    assert done.stderr
    strict = world.run("record", "-", "--json", "--strict", stdin=content)
    assert strict.returncode == 3
    assert world.run("verify").returncode == 0
    _remount(small_disk, "rw")
    flushed = world.run("flush", "--json")
    assert flushed.returncode == 0, flushed.stderr
    assert world.run_ids() == [record.run_id]
    assert world.findings() == ()


def _remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True, timeout=60)


def test_f10_an_empty_object_of_an_old_crash_is_healed(world: FaultWorld) -> None:
    record, content = world.make_run()
    oid = world.git("hash-object", "-w", "--stdin", stdin=content)
    path = world.path / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"")
    world.assert_recovers(record)
    assert world.findings() == ()
    world.assert_unharmed(world.tip())
