"""A file that a user names is written whole or not at all, and harms nothing that is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitprov.cli.output.output_file import write_output
from gitprov.errors import Code, StorageError, UsageError


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("force", [False, True])
def test_a_new_file_is_readable_for_all(tmp_path: Path, *, force: bool) -> None:
    before = os.umask(0o077)
    try:
        write_output(tmp_path / "c.txt", b"content\n", force=force)
    finally:
        os.umask(before)
    assert (tmp_path / "c.txt").read_bytes() == b"content\n"
    assert (tmp_path / "c.txt").stat().st_mode & 0o7777 == 0o644
    assert left_in(tmp_path) == ["c.txt"]


def test_an_open_umask_opens_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_output(tmp_path / "c.txt", b"x", force=False)
    finally:
        os.umask(before)
    assert (tmp_path / "c.txt").stat().st_mode & 0o7777 == 0o644


def test_x_06_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text("old")
    with pytest.raises(UsageError, match="--force") as caught:
        write_output(path, b"new", force=False)
    assert caught.value.code is Code.ARGUMENT
    assert path.read_text() == "old"
    write_output(path, b"new", force=True)
    assert path.read_text() == "new"
    assert left_in(tmp_path) == ["c.txt"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_x_06_a_symbolic_link_is_never_followed(
    tmp_path: Path, target: str, *, force: bool
) -> None:
    (tmp_path / "there").write_text("precious")
    link = tmp_path / "c.txt"
    link.symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="symbolic link"):
        write_output(link, b"new", force=force)
    assert (tmp_path / "there").read_text() == "precious"
    assert left_in(tmp_path) == ["c.txt", "there"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_and_a_pipe_are_refused(tmp_path: Path, *, force: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(UsageError, match="no regular file"):
            write_output(path, b"new", force=force)


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        write_output(tmp_path / "none" / "c.txt", b"new", force=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="not a folder"):
        write_output(tmp_path / "file" / "c.txt", b"new", force=False)


def test_whoever_comes_first_keeps_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.txt"
    sync = os.fsync

    def meanwhile(descriptor: int) -> None:
        path.write_text("theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(UsageError, match="there already"):
        write_output(path, b"ours", force=False)
    assert path.read_text() == "theirs"
    assert left_in(tmp_path) == ["c.txt"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        write_output(tmp_path / "c.txt", b"x", force=False)
    assert caught.value.code is Code.STORAGE
    assert left_in(tmp_path) == []
