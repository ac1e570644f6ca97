"""Rare states of the disk, each with the answer that it must get."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from gitprov.disk import durable, posix
from gitprov.disk.durable import (
    create_temporary,
    make_folders,
    mapped,
    open_regular,
    read_file,
    storage_error,
    write_all,
)
from gitprov.disk.posix import sync_file
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.git import loose
from gitprov.git.discovery import discover
from gitprov.git.location import is_git_dir
from gitprov.git.ref_files import list_refs, read_ref
from gitprov.git.repository import open_ledger_repository
from gitprov.git.unsafe_objects import require_sound_files
from gitprov.local import lock_owner as owners
from tests.integration.git.world import LEDGER, LIMIT, World, open_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


def refused(code: Code) -> pytest.RaisesExc[StorageError]:
    return pytest.raises(StorageError, check=lambda error: error.code is code)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permissions"),
        (errno.EIO, "check the disk"),
    ],
)
def test_every_cause_has_its_remedy(number: int, word: str) -> None:
    error = storage_error(OSError(number, os.strerror(number)), "write", "/x")
    assert error.code is Code.STORAGE
    assert word in error.details["remedy"]
    assert word in error.message
    assert error.details["errno"] == number


def test_an_error_without_words_still_has_some() -> None:
    assert "odd" in storage_error(OSError("odd"), "write", "/x").message
    with refused(Code.STORAGE), mapped("write", "/x"):
        raise OSError("odd")


def test_a_temporary_name_that_is_taken_is_not_used(tmp_path: Path) -> None:
    taken = tmp_path / f"tmp_{os.getpid()}_{next(durable._serial) + 1}"
    taken.write_text("mine")
    descriptor, path = create_temporary(f"{tmp_path}/", "tmp_", 0o600)
    os.close(descriptor)
    assert Path(path) != taken
    assert taken.read_text() == "mine"


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: real(fd, content[:3]))
    descriptor = os.open(tmp_path / "f", os.O_WRONLY | os.O_CREAT)
    write_all(descriptor, b"0123456789")
    os.close(descriptor)
    assert (tmp_path / "f").read_bytes() == b"0123456789"


def test_the_drives_own_cache_is_flushed_where_the_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def full_sync(_descriptor: int, _command: int) -> int:
        calls.append("full")
        if len(calls) > 1:
            raise OSError(errno.ENOTSUP, "this file system cannot")
        return 0

    monkeypatch.setattr(posix, "_FULL_SYNC", 51)
    monkeypatch.setattr(fcntl, "fcntl", full_sync)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: calls.append("plain"))
    sync_file(0)
    assert calls == ["full"]
    sync_file(0)
    assert calls == ["full", "full", "plain"]
    assert tmp_path.exists()


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    found = {}
    for name in ("folder", "link", "pipe", "nothing"):
        with pytest.raises(OSError, match=name) as caught:
            open_regular(tmp_path / name)
        found[name] = caught.value.errno
    assert found == {
        "folder": errno.EISDIR,
        "link": errno.ELOOP,
        "pipe": errno.EINVAL,
        "nothing": errno.ENOENT,
    }
    assert read_file(tmp_path / "file", 5) == b"12345"
    with pytest.raises(OSError, check=lambda error: error.errno == errno.EFBIG):
        read_file(tmp_path / "file", 4)


def test_a_folder_is_made_once_and_not_over_a_file(tmp_path: Path) -> None:
    make_folders(tmp_path / "a" / "b")
    make_folders(tmp_path / "a" / "b")
    (tmp_path / "f").touch()
    with pytest.raises(FileExistsError):
        make_folders(tmp_path / "f")


def test_a_failed_replacement_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sharing().replace(tmp_path / "f", b"old")

    def fail(*_args: object, **_keywords: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "replace", fail)
    with refused(Code.STORAGE):
        Sharing().replace(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_writer_forgets_rather_than_grows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loose, "_REMEMBERED", 10)
    for n in range(40):
        world.loose.write([("blob", b"%d" % n)])
    assert len(world.loose._durable) <= 11


def test_without_proc_nothing_is_known_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Path("/nowhere")
    monkeypatch.setattr(owners, "_BOOT_ID", nowhere)
    monkeypatch.setattr(owners, "_MACHINE_ID", nowhere)
    monkeypatch.setattr(owners, "_PROCESSES", nowhere)
    here = owners.current_owner()
    assert (here.boot, here.machine, here.started) == ("", "", "")
    gone = owners.Owner(2**22 + 1, here.host, "", "", "")
    assert owners.is_proven_dead(gone, here), "its number is gone: that is enough"
    assert not owners.is_proven_dead(here, here)


def test_a_ref_below_a_file_or_in_a_folder_is_absent(world: World) -> None:
    (world.path / LEDGER).mkdir(parents=True)
    assert read_ref(world.path, LEDGER) is None
    (world.path / "refs" / "tags").touch()
    assert read_ref(world.path, "refs/tags/x") is None
    assert list_refs(world.path, "refs/tags/x/") == []


def test_refs_that_cannot_be_read_are_unknown(world: World) -> None:
    os.mkfifo(world.path / "refs" / "pipe")
    with refused(Code.INTERNAL):
        read_ref(world.path, "refs/pipe")
    (world.path / "packed-refs").mkdir()
    with refused(Code.INTERNAL):
        read_ref(world.path, LEDGER)


def test_refs_that_cannot_be_listed_are_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: object) -> object:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "scandir", fail)
    with refused(Code.INTERNAL):
        list_refs(world.path, "refs/replace/")


def test_a_head_that_cannot_be_read_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "refs").mkdir()
    (tmp_path / "HEAD").write_bytes(b"x" * 100_000)
    assert not is_git_dir(tmp_path)
    with pytest.raises(UnsupportedRepositoryError):
        discover(tmp_path)


def test_a_path_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedRepositoryError, match="check the path"):
        open_ledger_repository(tmp_path / "nowhere")


def test_a_pack_folder_that_cannot_be_listed_is_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.iterdir

    def fail(path: Path) -> object:
        if path.name == "pack":
            raise PermissionError(errno.EACCES, "no")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", fail)
    with refused(Code.INTERNAL):
        require_sound_files(world.path)


def test_packs_that_go_away_meanwhile_are_no_damage(world: World) -> None:
    folder = world.path / "objects" / "pack"
    for name in ("pack-gone.idx", "pack-gone.pack"):
        (folder / name).symlink_to("nowhere")
    require_sound_files(world.path)
    for name in ("pack-gone.idx", "pack-gone.pack"):
        (folder / name).unlink()
        (folder / name).mkdir()
    with refused(Code.INTERNAL):
        require_sound_files(world.path)


def test_an_object_beside_an_unreadable_pack_folder_is_read(world: World) -> None:
    (oid,) = world.objects.write([("blob", b"x")])
    (world.path / "objects" / "pack").rmdir()
    (world.path / "objects" / "pack").touch()
    assert world.objects.read(oid, LIMIT) == ("blob", b"x")
    with refused(Code.STORE_CORRUPT):
        world.objects.read("1" * 40, LIMIT)
