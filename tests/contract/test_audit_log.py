"""AuditLog, in a file of chained lines."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError, UsageError
from gitprov.local.audit_chain import START
from gitprov.local.audit_log import FileAuditLog
from gitprov.service.ports.writing import AuditLog
from tests.integration.git.world import finish, start_python

EVENT = {"time": "2026-11-20T10:34:00.000Z", "action": "refused", "code": "GPV-409-NON-FF"}
APPEND = """
import sys
from pathlib import Path
from gitprov.local.audit_log import FileAuditLog
log = FileAuditLog(Path(sys.argv[1]), max_bytes=4000)
for n in range(25):
    log.append({"action": "x", "runner": f"{sys.argv[2]}-{n}"})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gitprov"


@pytest.fixture
def log(folder: Path) -> FileAuditLog:
    return FileAuditLog(folder)


def lines(folder: Path, name: str = "audit.jsonl") -> list[bytes]:
    return (folder / name).read_bytes().splitlines(keepends=True)


def digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def test_it_fits_the_port(folder: Path) -> None:
    port: AuditLog = FileAuditLog(folder)
    port.append(EVENT)
    assert len(lines(folder)) == 1


def test_each_line_names_the_one_before(log: FileAuditLog, folder: Path) -> None:
    assert log.check().head == log.head() == START
    for n in range(3):
        log.append({**EVENT, "ref": f"refs/x/{n}"})
    first, second, third = lines(folder)
    assert json.loads(first) == {"version": "v1", **EVENT, "ref": "refs/x/0", "previous": START}
    assert json.loads(second)["previous"] == digest(first)
    assert json.loads(third)["previous"] == digest(second)
    report = log.check()
    assert (report.lines, report.head, report.problems) == (3, digest(third), ())
    assert log.head() == digest(third)


def test_fields_have_one_order_and_no_others_are_taken(log: FileAuditLog, folder: Path) -> None:
    log.append({"code": "c", "actor": "a", "time": "t"})
    assert list(json.loads(lines(folder)[0])) == ["version", "time", "actor", "code", "previous"]
    with pytest.raises(UsageError) as caught:
        log.append({"colour": "red", "previous": START})
    assert caught.value.code is Code.ARGUMENT
    assert len(lines(folder)) == 1


def test_text_of_an_attacker_stays_on_its_line(log: FileAuditLog, folder: Path) -> None:
    log.append({"ref": 'x\n{"action":"forged"}\r\x1b[2J\u2028\udcff' + "y" * 100_000})
    (line,) = lines(folder)
    assert len(line) < 20_000
    assert line.isascii()
    assert log.check().problems == ()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda found: [found[0].replace(b"NON-FF", b"STALE"), *found[1:]], 2),
        (lambda found: found[1:], 1),
        (lambda found: [found[0], *found[2:]], 2),
        (lambda found: [found[0], found[2], found[1], found[3]], 2),
        (lambda found: [found[0], found[0], *found[1:]], 2),
        (lambda found: [*found[:3], found[3][:-9]], 4),
        (lambda found: [*found[:3], found[3][:-1]], 4),
        (lambda found: [b"17\n", *found], 1),
        (lambda found: [b"\n", *found], 1),
    ],
    ids=["edited", "first gone", "one gone", "swapped", "twice", "torn", "no end", "odd", "blank"],
)
def test_every_change_is_found(
    log: FileAuditLog, folder: Path, change: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    for _ in range(4):
        log.append(EVENT)
    (folder / "audit.jsonl").write_bytes(b"".join(change(lines(folder))))
    problems = log.check().problems
    assert problems
    assert problems[0].startswith(f"audit.jsonl line {line}: ")


def test_a_cut_end_is_found_with_a_head_known_before(log: FileAuditLog, folder: Path) -> None:
    for _ in range(3):
        log.append(EVENT)
    head = log.head()
    (folder / "audit.jsonl").write_bytes(b"".join(lines(folder)[:2]))
    assert log.check().problems == ()
    assert log.check(head).problems == (f"audit.jsonl: the earlier head {head} is gone",)
    (folder / "audit.jsonl").unlink()
    assert log.check(head).problems
    log.append(EVENT)
    assert log.check(log.head()).problems == ()


def test_a_torn_line_is_closed_and_the_chain_goes_on(log: FileAuditLog, folder: Path) -> None:
    log.append(EVENT)
    log.append(EVENT)
    whole = (folder / "audit.jsonl").read_bytes()
    (folder / "audit.jsonl").write_bytes(whole[:-20])
    log.append(EVENT)
    log.append(EVENT)
    found = lines(folder)
    assert len(found) == 4
    assert json.loads(found[2])["previous"] == digest(found[1])
    assert log.check().problems == ("audit.jsonl line 2: torn or damaged",)


def test_full_files_are_rotated_and_the_chain_goes_on(folder: Path) -> None:
    log = FileAuditLog(folder, max_bytes=400)
    for n in range(12):
        log.append({**EVENT, "ref": f"refs/{n}"})
    names = sorted(path.name for path in folder.glob("*.jsonl"))
    assert names == [*(f"audit.{n:06}.jsonl" for n in range(1, len(names))), "audit.jsonl"]
    assert len(names) > 3
    assert all(path.stat().st_size <= 400 for path in folder.glob("*.jsonl"))
    assert log.check().lines == 12
    assert log.check().problems == ()
    (folder / names[1]).unlink()
    assert len(log.check().problems) == 1


def test_a_crash_within_a_rotation_breaks_nothing(folder: Path) -> None:
    log = FileAuditLog(folder, max_bytes=400)
    log.append(EVENT)
    (folder / "audit.jsonl").rename(folder / "audit.000001.jsonl")
    assert log.head() == digest(lines(folder, "audit.000001.jsonl")[0])
    log.append(EVENT)
    (folder / "audit.jsonl").rename(folder / "audit.000002.jsonl")
    (folder / "audit.jsonl").touch()
    log.append(EVENT)
    assert (log.check().lines, log.check().problems) == (3, ())


def test_a_torn_full_file_is_closed_before_it_is_rotated(folder: Path) -> None:
    log = FileAuditLog(folder, max_bytes=300)
    log.append(EVENT)
    with (folder / "audit.jsonl").open("ab") as stream:
        stream.write(b'{"torn')
    log.append({**EVENT, "ref": "x" * 100})
    assert lines(folder, "audit.000001.jsonl")[-1] == b'{"torn\n'
    assert log.check().problems == ("audit.000001.jsonl line 2: torn or damaged",)


def test_many_processes_make_one_chain(log: FileAuditLog, folder: Path) -> None:
    for process in [start_python(APPEND, folder, name) for name in "abcd"]:
        finish(process)
    report = log.check()
    assert (report.lines, report.problems) == (100, ())
    assert report.head == log.head()


@pytest.mark.parametrize(
    ("umask", "sharing", "mode"),
    [(0o022, None, 0o644), (0o077, None, 0o600), (0o077, 0o660, 0o660), (0o022, -0o600, 0o600)],
)
def test_its_mode_follows_the_umask_and_the_sharing(
    folder: Path, umask: int, sharing: int | None, mode: int
) -> None:
    before = os.umask(umask)
    try:
        FileAuditLog(folder, sharing=sharing).append(EVENT)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {mode}


def test_a_symbolic_link_is_not_written_through(
    log: FileAuditLog, folder: Path, tmp_path: Path
) -> None:
    folder.mkdir()
    (folder / "audit.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(StorageError) as caught:
        log.append(EVENT)
    assert caught.value.code is Code.STORAGE
    assert not (tmp_path / "victim").exists()


def test_what_cannot_be_read_is_not_called_damaged(log: FileAuditLog, folder: Path) -> None:
    (folder / "audit.jsonl").mkdir(parents=True)
    for call in (log.check, log.head):
        with pytest.raises(StorageError) as caught:
            call()
        assert caught.value.code is Code.INTERNAL


def test_a_lock_that_is_never_freed_is_busy(
    log: FileAuditLog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(EVENT)
    other = start_python(
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX);"
        "print(flush=True); sys.stdin.readline()",
        folder / "audit.lock",
    )
    assert other.stdout is not None
    other.stdout.readline()
    monkeypatch.setattr("gitprov.local.short_lock._TIMEOUT", 0.05)
    with pytest.raises(StorageError) as caught:
        log.append(EVENT)
    assert caught.value.code is Code.BUSY
    finish(other)
