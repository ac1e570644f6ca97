"""Spool, in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, StorageError, UsageError
from gitprov.service.ports import Spool
from gitprov.store.spool import FileSpool

KEY = "A" * 40
OTHER = "B" * 40
RUN = b'schema_version: "v1.0"\nkind: "run"\nrun_id: "0190"\nnotes: "x\\n---\\ny"\n'
STATE = b'schema_version: "v1.0"\nkind: "state"\nstate_id: "0191"\nrun_id: "0190"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "gitprov" / "spool"


@pytest.fixture
def spool(root: Path) -> FileSpool:
    return FileSpool(root)


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


def test_putting_again_replaces(spool: FileSpool) -> None:
    spool.put(KEY, "0190", [RUN])
    spool.put(KEY, "0190", [STATE])
    assert spool.get(KEY, "0190") == [STATE]


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


def test_nobody_else_can_read(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    spool.set_aside(KEY, "0190", [RUN], "why")
    for path in [root, *root.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


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


@pytest.mark.parametrize("key", ["", "drafts", "set-aside", "A" * 39, "a" * 40, "../" + "A" * 37])
def test_odd_fingerprints_are_refused(spool: FileSpool, key: str) -> None:
    with pytest.raises(UsageError):
        spool.put(key, "0190", [RUN])
    with pytest.raises(UsageError):
        spool.names(key)


def test_a_record_is_found_by_its_id(spool: FileSpool) -> None:
    assert not spool.holds("0190")
    spool.put(OTHER, "0190", [RUN])
    spool.put(KEY, "0199", [STATE, STATE.replace(b"0191", b"0192")])
    assert spool.holds("0190")
    assert spool.holds("0191")
    assert spool.holds("0192")
    assert not spool.holds("0193")
    spool.drop(OTHER, "0190")
    assert not spool.holds("0190"), "a state that names a run is not that run"


@pytest.mark.parametrize(
    "content", [b"", b"torn", RUN[:-1], RUN + b"---\n", b"---\n" + RUN, RUN + b"---\n---\n" + RUN]
)
def test_a_torn_file_is_set_aside(spool: FileSpool, root: Path, content: bytes) -> None:
    spool.put(KEY, "0191", [STATE])
    (root / KEY / "0190.yaml").write_bytes(content)
    assert spool.get(KEY, "0190") == []
    assert spool.names(KEY) == ["0191"]
    aside = root / "set-aside" / KEY
    assert (aside / "0190.yaml").read_bytes() == content
    assert "torn" in (aside / "0190.why").read_text()


def test_what_is_no_regular_file_is_set_aside(spool: FileSpool, root: Path, tmp_path: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    (tmp_path / "elsewhere").write_bytes(RUN)
    (root / KEY / "0191.yaml").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(root / KEY / "0192.yaml")
    (root / KEY / "0193.yaml").mkdir()
    for name in ("0191", "0192", "0193"):
        assert spool.get(KEY, name) == []
    assert spool.names(KEY) == ["0190"]
    assert (tmp_path / "elsewhere").read_bytes() == RUN


def test_a_file_that_cannot_be_read_now_stays(
    spool: FileSpool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(KEY, "0190", [RUN])
    monkeypatch.setattr("gitprov.store.spool._LIMIT", 10)
    with pytest.raises(StorageError) as caught:
        spool.get(KEY, "0190")
    assert caught.value.code is Code.INTERNAL
    assert (root / KEY / "0190.yaml").exists()


def test_another_spool_is_taken_over(spool: FileSpool, tmp_path: Path) -> None:
    fallback = FileSpool(tmp_path / "fallback")
    fallback.put(KEY, "0190", [RUN])
    fallback.put(OTHER, "0191", [STATE, RUN])
    (tmp_path / "fallback" / KEY / "0192.yaml").write_bytes(b"torn")
    (tmp_path / "fallback" / "drafts").mkdir()
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
    (root / "drafts").mkdir()
    assert spool.names(KEY) == ["0190"]
    assert not spool.holds("0191")


def test_what_a_killed_writer_left_is_swept_after_an_hour(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    now = (root / KEY).stat().st_mtime
    for name, age in ((".tmp_1_1", 3700), (".tmp_1_2", 60)):
        (root / KEY / name).touch()
        os.utime(root / KEY / name, (now - age, now - age))
    assert spool.names(KEY) == ["0190"]
    assert sorted(path.name for path in (root / KEY).iterdir()) == [".tmp_1_2", "0190.yaml"]


def test_setting_aside_keeps_everything(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN, STATE])
    spool.set_aside(KEY, "0190", [RUN], "refused: ü")
    spool.set_aside(KEY, "0190", [STATE], "other")
    spool.set_aside(KEY, "0190", [STATE], "once is enough")
    aside = root / "set-aside" / KEY
    assert sorted(path.name for path in aside.iterdir()) == [
        "0190-2.why",
        "0190-2.yaml",
        "0190.why",
        "0190.yaml",
    ]
    assert (aside / "0190.yaml").read_bytes() == RUN
    assert (aside / "0190-2.yaml").read_bytes() == STATE
    assert (aside / "0190.why").read_text() == "refused: ü\n"
    assert spool.names(KEY) == ["0190"]


def test_setting_aside_steps_around_what_is_no_file(spool: FileSpool, root: Path) -> None:
    (root / "set-aside" / KEY / "0190.yaml").mkdir(parents=True, mode=0o700)
    spool.set_aside(KEY, "0190", [RUN], "why")
    assert (root / "set-aside" / KEY / "0190-2.yaml").read_bytes() == RUN


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
    spool.put(KEY, "0190", [RUN])
    calls: tuple[Callable[[], object], ...] = (
        lambda: spool.get(KEY, "0190"),
        lambda: spool.put(KEY, "0191", [RUN]),
    )
    for folder in (root / KEY, root):
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
