"""Full and failing disks: a coded error, nothing half done, and no success that is none."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from io import FileIO
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, StorageError
from gitprov.git.objects import PACK_FROM
from gitprov.local.audit_log import FileAuditLog
from gitprov.local.spool import FileSpool
from gitprov.local.writer_lock import FileLock
from tests.integration.git.world import LEDGER, LIMIT, World, finish, open_world, start_python
from tests.support.git import Git

pytestmark = pytest.mark.git

KEY = "A" * 40
RECORD = b'kind: "run"\n'


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)]
    subprocess.run(mount, check=True, capture_output=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all the room there is."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        for size in (65536, 4096, 512, 1):
            while written(stream, bytes(size)):
                pass
    return ballast


def written(stream: FileIO, content: bytes) -> bool:
    """Whether there was room for it."""
    try:
        return stream.write(content) == len(content)
    except OSError:
        return False


@pytest.mark.root
def test_f06_a_full_disk_loses_nothing_and_heals(small_disk: Path) -> None:
    """F-06."""
    world = open_world(small_disk / "ledger.git")
    spool = FileSpool(small_disk / "spool")
    spool.put(KEY, "0190", [RECORD])
    acknowledged = [world.append(str(n), b"x" * 100) for n in range(5)]
    ballast = fill(small_disk)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: world.append("more", b"y" * 10_000),
        lambda: world.objects.write([("blob", os.urandom(9000)) for _ in range(PACK_FROM)]),
        lambda: spool.put(KEY, "0191", [b"x" * 10_000 + b"\n"]),
        lambda: FileAuditLog(small_disk / "new" / "log").append({"action": "x" * 1000}),
    )
    for attempt in attempts:
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.code is Code.STORAGE
    assert world.refs.get(LEDGER) == acknowledged[-1]
    assert spool.names(KEY) == ["0190"]
    assert spool.get(KEY, "0190") == [RECORD]
    ballast.unlink()
    acknowledged.append(world.append("after", b"z"))
    plain = Git(world.path)
    assert plain("rev-list", "--reverse", LEDGER).split() == acknowledged
    plain("fsck", "--strict", "--connectivity-only")


@pytest.mark.root
def test_f07_a_read_only_disk_is_read_and_not_written(small_disk: Path) -> None:
    """F-07."""
    world = open_world(small_disk / "ledger.git")
    commit = world.append("a", b"x")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    again = open_world(small_disk / "ledger.git")
    assert again.refs.get(LEDGER) == commit
    assert again.objects.read(commit, LIMIT)[0] == "commit"
    attempts: tuple[Callable[[], object], ...] = (
        lambda: again.objects.write([("blob", b"y")]),
        lambda: again.objects.write([("blob", b"%d" % n) for n in range(PACK_FROM)]),
        lambda: again.refs.swap("refs/gitprov/new", commit, None),
        lambda: again.refs.swap(LEDGER, commit, None),
        lambda: FileSpool(small_disk / "spool").put(KEY, "0190", [RECORD]),
        lambda: FileLock(small_disk / "gitprov").hold(0).__enter__(),
        lambda: FileAuditLog(small_disk / "gitprov").append({"action": "x"}),
    )
    for attempt in attempts:
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.code is Code.STORAGE
    assert FileSpool(small_disk / "spool").names(KEY) == []
    assert again.refs.get(LEDGER) == commit


def test_a_quota_on_file_size_is_a_storage_error(world: World) -> None:
    script = """
import os, resource, sys
from pathlib import Path
from gitprov.errors import GitprovError
from tests.integration.git.world import open_world
world = open_world(Path(sys.argv[1]))
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for objects in ([("blob", os.urandom(20_000))], [("blob", os.urandom(900)) for _ in range(99)]):
    try: world.objects.write(objects)
    except GitprovError as error: print(error.code)
print(world.objects.read(world.objects.write([("blob", b"small")])[0], 10)[1].decode())
"""
    output = finish(start_python(script, world.path)).split()
    assert output == [Code.STORAGE, Code.STORAGE, "small"]
    assert not list((world.path / "objects").rglob("tmp_obj_*"))


@pytest.mark.root
def test_a_folder_without_permission_is_a_storage_error(world: World) -> None:
    commit = world.append("a", b"x")
    top = world.path
    while top != Path("/tmp"):
        top.chmod(0o755)
        top = top.parent
    script = """
import os, sys
from pathlib import Path
from gitprov.errors import GitprovError
from gitprov.local.writer_lock import FileLock
from tests.integration.git.world import LEDGER, open_world
world = open_world(Path(sys.argv[1]))
os.setuid(12345)
print(world.refs.get(LEDGER))
for attempt in (
    lambda: world.objects.write([("blob", b"y")]),
    lambda: world.refs.swap(LEDGER, sys.argv[2], sys.argv[2]),
    lambda: FileLock(world.path / "gitprov").hold(0).__enter__(),
):
    try: attempt()
    except GitprovError as error: print(error.code)
"""
    output = finish(start_python(script, world.path, commit)).split()
    assert output == [commit, Code.STORAGE, Code.STORAGE, Code.STORAGE]


def failure_of(attempt: Callable[[], object]) -> GitprovError | None:
    """Return the error that an attempt ends with, None if it succeeds."""
    try:
        attempt()
    except GitprovError as error:
        return error
    return None


class Broken:
    """Fails at the n-th call of a system call, from then on for ever or only once."""

    def __init__(self, real: Callable[..., object], code: int, at: int, *, once: bool) -> None:
        self.real, self.code, self.at, self.once = real, code, at, once
        self.calls = 0

    def __call__(self, *args: object, **keywords: object) -> object:
        self.calls += 1
        if self.calls == self.at or (self.calls > self.at and not self.once):
            raise OSError(self.code, os.strerror(self.code))
        return self.real(*args, **keywords)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("call", ["fsync", "write", "replace", "open", "mkdir"])
def test_f05_f08_every_failing_call_is_an_error_and_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    """F-05, F-08: above all, a failed fsync is never a success."""
    failures = 0
    for at in range(1, 60):
        content = b"%s %d" % (call.encode(), at)
        broken = Broken(getattr(os, call), code, at, once=True)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, broken)
            pair = [("blob", content), ("blob", content + b"!")]
            error = failure_of(partial(world.loose.write, pair))
        if error is not None:
            assert (error.code, error.details["errno"]) == (Code.STORAGE, code)
            failures += 1
        assert not list((world.path / "objects").rglob("tmp_obj_*"))
        if broken.calls < at:
            break
        oids = world.loose.write([("blob", content), ("blob", content + b"!")])
        assert world.objects.read(oids[0], LIMIT)[1] == content
    else:
        pytest.fail("the calls never ended")
    assert failures >= (0 if call == "mkdir" else 2)


@pytest.mark.parametrize("call", ["fsync", "write", "replace"])
def test_a_spool_file_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    spool = FileSpool(tmp_path / "spool")
    spool.put(KEY, "0189", [RECORD])
    for at in range(1, 9):
        broken = Broken(getattr(os, call), errno.EIO, at, once=True)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, broken)
            error = failure_of(partial(spool.put, KEY, f"019{at}", [RECORD, RECORD]))
        assert error is None or error.code is Code.STORAGE
        for name in spool.names(KEY):
            assert spool.get(KEY, name) in ([RECORD], [RECORD, RECORD])
        if broken.calls < at:
            break
    assert not list((tmp_path / "spool").rglob(".tmp_*"))


def test_f09_objects_and_folders_are_synced_before_they_are_reported(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(world.path / "objects" / "17", ignore_errors=True)
    order: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        order.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink()}")
        real_fsync(descriptor)

    def replace(source: str, target: str) -> None:
        order.append(f"name {target}")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    (oid,) = world.loose.write([("blob", b"content")])
    folder = world.path / "objects" / oid[:2]
    assert order[0].startswith(f"sync {folder}/tmp_obj_")
    assert order[1:] == [f"name {folder}/{oid[2:]}", f"sync {folder.parent}", f"sync {folder}"]
    order.clear()
    world.loose.write([("blob", b"content")])
    assert order == [], "what is durable is not written again"
    world.loose.write([("blob", b"%d" % n) for n in range(30)])
    named = [n for n, what in enumerate(order) if what.startswith("name")]
    files = [n for n, what in enumerate(order) if "tmp_obj_" in what]
    folders = {what for what in order[named[-1] :] if what.startswith("sync")}
    assert (len(files), len(named)) == (30, 30)
    assert max(files) < min(named), "every file is on the disk before any has its name"
    assert folders >= {f"sync {Path(order[n].removeprefix('name ')).parent}" for n in named}


KILLED = """
import sys
from pathlib import Path
from tests.integration.git.world import LEDGER, open_world
world = open_world(Path(sys.argv[1]))
print("start", flush=True)
with world.lock.hold(10):
    print("done", world.append(sys.argv[2], b"content"), flush=True)
"""


@pytest.mark.slow
@pytest.mark.strace
@pytest.mark.parametrize("call", ["fsync", "rename", "link", "unlink", "mkdir", "ftruncate"])
def test_f01_f02_f03_a_kill_leaves_the_old_or_the_new_state(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """F-01, F-02, F-03: the next append works without a human."""
    monkeypatch.setattr("gitprov.local.writer_lock.STALE_AFTER", 0.05)
    plain = Git(world.path)
    tip = world.append("first", b"x")
    for at in range(1, 40):
        inject = ["-f", "-o", os.devnull, "-e", f"inject={call}:signal=KILL:when={at}"]
        code = f"import sys; sys.argv[0:1] = ['x']; exec({KILLED!r})"
        done = subprocess.run(
            ["strace", *inject, sys.executable, "-c", code, str(world.path), f"{call}{at}"],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0:
            tip = done.stdout.split()[-1]
            break
        found = world.refs.get(LEDGER)
        assert found is not None
        if found != tip:
            assert plain("rev-parse", f"{found}^") == tip
        if "done" in done.stdout:
            assert found == done.stdout.split()[-1], "acknowledged, so it is there"
        plain("fsck", "--strict", "--connectivity-only")
        with world.lock.hold(5):
            tip = world.append(f"after-{call}{at}", b"x")
    else:
        pytest.fail("the calls never ended")
    assert world.refs.get(LEDGER) == tip
