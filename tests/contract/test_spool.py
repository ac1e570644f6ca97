"""Spool, in a folder."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, RefusedError, StorageError, UsageError
from gitprov.local.spool import FileSpool
from gitprov.model.spooled import SpoolFile
from gitprov.service.ports.spool import Spool

KEY = "A" * 40
OTHER = "B" * 40
RUN = b'schema_version: "v1.0"\nkind: "run"\nrun_id: "0190"\nnotes: "x\\n---\\ny"\n'
STATE = b'schema_version: "v1.0"\nkind: "state"\nstate_id: "0191"\nrun_id: "0190"\n'


def test_it_fits_the_port(spool: FileSpool) -> None:
    port: Spool = spool
    assert port.names(KEY) == []


@pytest.mark.parametrize("records", [[RUN], [RUN, STATE], [STATE] * 100])
def test_records_come_back_as_they_were(spool: FileSpool, records: list[bytes]) -> None:
    spool.put(KEY, "0190", records)
    assert spool.names(KEY) == ["0190"]
    assert spool.get(KEY, "0190") == records
    assert spool.names(OTHER) == []


def test_a_batch_is_a_yaml_stream(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN, STATE])
    assert (root / KEY / "0190.yaml").read_bytes() == RUN + b"---\n" + STATE


def test_the_oldest_name_comes_first(spool: FileSpool) -> None:
    names = [f"0190-{n:04x}" for n in (7, 255, 1, 16)]
    for name in names:
        spool.put(KEY, name, [RUN])
    assert spool.names(KEY) == sorted(names)


def test_putting_again_never_replaces(spool: FileSpool) -> None:
    spool.put(KEY, "0190", [RUN])
    spool.put(KEY, "0190", [RUN])
    with pytest.raises(RefusedError) as caught:
        spool.put(KEY, "0190", [STATE])
    assert caught.value.code is Code.DUPLICATE
    assert spool.get(KEY, "0190") == [RUN]


def test_files_are_claimed_all_or_none(spool: FileSpool, root: Path) -> None:
    files = [SpoolFile(KEY, "0190", (RUN,)), SpoolFile(OTHER, "0191", (STATE,))]
    assert not spool.claim(files, lambda: False)
    with pytest.raises(ZeroDivisionError):
        spool.claim(files, lambda: 1 // 0 > 0)
    assert spool.waiting() == []
    spool.put(OTHER, "0191", [RUN])
    assert not spool.claim(files, lambda: True), "one name is taken"
    assert spool.waiting() == [(OTHER, "0191")]
    spool.drop(OTHER, "0191")
    assert spool.claim(files, lambda: True)
    assert spool.waiting() == [(KEY, "0190"), (OTHER, "0191")]
    assert not list(root.rglob(".tmp_*"))


def test_files_of_one_name_in_two_folders_are_withdrawn_together(
    spool: FileSpool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        SpoolFile(KEY, "0190", (RUN,)),
        SpoolFile(OTHER, "0190", (STATE,)),
        SpoolFile(OTHER, "0199", (STATE,)),
    ]
    rename = os.rename

    def rename_two(source: str, target: str, **folders: int) -> None:
        if target == "0199.yaml":
            raise OSError(errno.ENOSPC, "no space")
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", rename_two)
    with pytest.raises(StorageError):
        spool.claim(files, lambda: True)
    assert [path for path in root.rglob("*") if path.is_file() and path.name != "lock"] == []


def test_no_other_claim_comes_between_question_and_answer(root: Path) -> None:
    taken: list[str] = []

    def claim(name: str) -> None:
        spool = FileSpool(root)

        def is_free() -> bool:
            is_first = not spool.find({("run", "0190")})
            time.sleep(0.002)
            return is_first

        if spool.claim([SpoolFile(KEY, name, (RUN,))], is_free):
            taken.append(name)

    threads = [threading.Thread(target=claim, args=(f"name-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert FileSpool(root).names(KEY) == taken


def test_a_lock_that_is_never_freed_is_busy(
    spool: FileSpool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitprov.local.spool._PATIENCE", 0.0)

    def is_free() -> bool:
        FileSpool(root).put(KEY, "0191", [STATE])
        return True

    with pytest.raises(StorageError) as caught:
        spool.claim([SpoolFile(KEY, "0190", (RUN,))], is_free)
    assert caught.value.code is Code.BUSY
    assert spool.waiting() == []


def test_records_are_found_by_kind_and_id(spool: FileSpool, root: Path, tmp_path: Path) -> None:
    spool.put(OTHER, "0199", [STATE, RUN])
    spool.put(KEY, "0190", [RUN])
    (root / KEY / "0198.yaml").mkdir()
    (root / KEY / "0197.yaml").write_bytes(b"torn")
    found = spool.find({("run", "0190"), ("run", "0191")})
    assert [(r.fingerprint, r.name, r.content) for r in found] == [
        (KEY, "0190", RUN),
        (OTHER, "0199", RUN),
    ]
    assert [r.content for r in spool.find({("state", "0191")})] == [STATE]
    assert [r.name for r in FileSpool(tmp_path / "x", root).find({("run", "0190")})] == [
        "0190",
        "0199",
    ]
    root.chmod(0o777)
    assert FileSpool(tmp_path / "x", root).find({("run", "0190")}) == []


def test_a_file_of_that_id_that_cannot_be_read_is_no_free_id(
    spool: FileSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(KEY, "0190", [RUN])
    monkeypatch.setattr("gitprov.local.spool.READ_LIMIT", 10)
    assert spool.find({("run", "0191")}) == []
    with pytest.raises(StorageError) as caught:
        spool.find({("run", "0190")})
    assert caught.value.code is Code.INTERNAL


def test_a_torn_file_makes_way(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0191", [STATE])
    (root / KEY / "0190.yaml").write_bytes(b"torn")
    spool.put(KEY, "0190", [RUN])
    assert spool.get(KEY, "0190") == [RUN]
    assert (root / "set-aside" / KEY / "0190.yaml").read_bytes() == b"torn"


def test_taking_over_loses_neither_of_two_contents(spool: FileSpool, tmp_path: Path) -> None:
    other = RUN.replace(b"x", b"y")
    fallback = FileSpool(tmp_path / "fallback")
    fallback.put(KEY, "0190", [other])
    fallback.put(KEY, "0200", [STATE, RUN])
    spool.put(KEY, "0190", [RUN])
    spool.put(KEY, "0200", [STATE.replace(b"0191", b"0192")])
    spool.adopt(tmp_path / "fallback")
    spool.adopt(tmp_path / "fallback")
    assert spool.get(KEY, "0190") == [RUN]
    assert spool.get(KEY, "0200-2") == [STATE], "the run waits already"
    assert "GPV-409-DUPLICATE" in str(spool.refusal(KEY, other))
    assert fallback.waiting() == []


def test_dropping_forgets_and_may_be_repeated(spool: FileSpool) -> None:
    spool.put(KEY, "0190", [RUN])
    spool.put(KEY, "0191", [STATE])
    assert spool.waits(KEY, "0190")
    spool.drop(KEY)
    spool.drop(KEY, "0190", "0191")
    spool.drop(KEY, "0190")
    assert not spool.waits(KEY, "0190")
    assert spool.names(KEY) == []
    assert spool.get(KEY, "0190") == []


@pytest.mark.parametrize(
    ("umask", "sharing", "own", "above"),
    [
        (0o022, None, (0o755, 0o644), (0o1755, 0o644)),
        (0o002, None, (0o755, 0o644), (0o1775, 0o664)),
        (0o077, None, (0o700, 0o600), (0o1700, 0o600)),
        (0o077, 0o660, (0o2750, 0o640), (0o3770, 0o660)),
        (0o022, 0o664, (0o2755, 0o644), (0o3775, 0o664)),
        (0o022, -0o600, (0o700, 0o600), (0o1700, 0o600)),
    ],
)
def test_modes_follow_the_umask_and_the_sharing(
    root: Path, umask: int, sharing: int | None, own: tuple[int, int], above: tuple[int, int]
) -> None:
    """Records of an account can be read as git's objects can, and written by it alone."""
    before = os.umask(umask)
    try:
        spool = FileSpool(root, sharing=sharing)
        spool.put(KEY, "0190", [RUN])
        spool.set_aside(KEY, "0190", [RUN], "why")
    finally:
        os.umask(before)
    ours = {root / KEY, root / "set-aside" / KEY}
    for path in [root, *root.rglob("*")]:
        folder, file = own if path in ours or path.parent in ours else above
        mode = path.stat().st_mode & 0o7777
        assert oct(mode) == oct(folder if path.is_dir() else file), path


@pytest.mark.parametrize(
    "records",
    [[], [b""], [b"no end"], [b"\n"], [b"---\n"], [b"a: 1\n---\nb: 2\n"], [RUN, b"---\nx\n"]],
)
def test_what_is_no_canonical_record_is_refused(spool: FileSpool, records: list[bytes]) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: spool.put(KEY, "0190", records),
        lambda: spool.set_aside(KEY, "0190", records, "why"),
    )
    for call in calls:
        with pytest.raises(UsageError):
            call()
    assert spool.names(KEY) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "X", "a.yaml", "x" * 101, "a\0"])
def test_odd_names_are_refused(spool: FileSpool, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        spool.put(KEY, name, [RUN])
    assert caught.value.code is Code.ARGUMENT
    with pytest.raises(UsageError):
        spool.get(KEY, name)


@pytest.mark.parametrize("key", ["", "draft", "set-aside", "A" * 39, "a" * 40, "../" + "A" * 37])
def test_odd_fingerprints_are_refused(spool: FileSpool, key: str) -> None:
    with pytest.raises(UsageError):
        spool.put(key, "0190", [RUN])
    with pytest.raises(UsageError):
        spool.names(key)


def test_a_record_is_found_by_its_id(spool: FileSpool) -> None:
    assert spool.record_ids() == frozenset()
    spool.put(OTHER, "0190", [RUN])
    spool.put(KEY, "0199", [STATE, STATE.replace(b"0191", b"0192")])
    assert spool.record_ids() == {"0190", "0191", "0192"}
    spool.drop(OTHER, "0190")
    assert spool.record_ids() == {"0191", "0192"}, "a state that names a run is not that run"


def test_a_file_that_cannot_be_read_now_stays(
    spool: FileSpool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(KEY, "0190", [RUN])
    monkeypatch.setattr("gitprov.local.spool.READ_LIMIT", 10)
    with pytest.raises(StorageError) as caught:
        spool.get(KEY, "0190")
    assert caught.value.code is Code.INTERNAL
    assert (root / KEY / "0190.yaml").exists()


def test_another_spool_is_taken_over(spool: FileSpool, tmp_path: Path) -> None:
    fallback = FileSpool(tmp_path / "fallback")
    fallback.put(KEY, "0190", [RUN])
    fallback.put(OTHER, "0191", [STATE, RUN])
    (tmp_path / "fallback" / KEY / "0192.yaml").write_bytes(b"torn")
    (tmp_path / "fallback" / "draft").mkdir()
    spool.put(KEY, "0189", [STATE])
    spool.adopt(tmp_path / "fallback")
    assert spool.names(KEY) == ["0189", "0190"]
    assert spool.get(OTHER, "0191") == [STATE, RUN]
    assert fallback.names(KEY) == fallback.names(OTHER) == []
    assert (tmp_path / "fallback" / "set-aside" / KEY / "0192.yaml").read_bytes() == b"torn"


def test_foreign_files_are_not_listed(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    for name in (".tmp_1_1", "README", "X.yaml", "0190.yaml~", "ü.yaml"):
        (root / KEY / name).write_bytes(RUN)
    (root / "draft").mkdir()
    assert spool.names(KEY) == ["0190"]
    assert "0191" not in spool.record_ids()


def test_what_a_killed_writer_left_is_swept_after_an_hour(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    now = (root / KEY).stat().st_mtime
    for name, age in ((".tmp_1_1", 3700), (".tmp_1_2", 60)):
        (root / KEY / name).touch()
        os.utime(root / KEY / name, (now - age, now - age))
    assert spool.names(KEY) == ["0190"]
    assert sorted(path.name for path in (root / KEY).iterdir()) == [".tmp_1_2", "0190.yaml"]


def test_a_symbolic_link_is_never_followed(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    for link in (root, root / KEY):
        spool = FileSpool(root)
        link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        link.parent.chmod(0o700)
        link.symlink_to(target, target_is_directory=True)
        with pytest.raises(StorageError) as caught:
            spool.put(KEY, "0190", [RUN])
        assert caught.value.code is Code.STORAGE
        link.unlink()
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_write_to_is_refused(spool: FileSpool, root: Path, mode: int) -> None:
    """The root may be a group's: each account has a folder of its own in it."""
    spool.put(KEY, "0190", [RUN])
    calls: tuple[Callable[[], object], ...] = (
        lambda: spool.get(KEY, "0190"),
        lambda: spool.put(KEY, "0191", [RUN]),
    )
    for folder in (root / KEY, root) if mode & 0o002 else (root / KEY,):
        folder.chmod(mode)
        for call in calls:
            with pytest.raises(StorageError, match="others may write"):
                call()
        folder.chmod(0o700)
    assert spool.get(KEY, "0190") == [RUN]


@pytest.mark.root
def test_a_folder_of_somebody_else_is_refused(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    os.chown(root / KEY, 12345, 12345)
    with pytest.raises(StorageError, match="another account"):
        spool.get(KEY, "0190")


def test_a_file_in_the_way_is_a_storage_error(root: Path) -> None:
    root.parent.parent.mkdir(exist_ok=True)
    root.parent.touch()
    with pytest.raises(GitprovError) as caught:
        FileSpool(root).put(KEY, "0190", [RUN])
    assert caught.value.code is Code.STORAGE
