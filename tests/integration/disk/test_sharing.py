"""Files have the modes that git's own files have, and replaced ones keep mode and owner."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitprov.disk.sharing import Sharing
from gitprov.git.config_parser import sharing_bits, sharing_word
from tests.support.git import Git


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Run the block under a umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o7777)


@pytest.mark.parametrize("word", ["", "group", "all", "0660", "0640", "0600", "0664"])
@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_modes_are_those_of_gits_own_files(git: Git, tmp_path: Path, word: str, mask: int) -> None:
    with umask(mask):
        options = (f"--shared={word}",) if word else ()
        repo = git.init(tmp_path / "repo", *options)
        repo("update-ref", "refs/x/y", repo("commit-tree", "-m", "x", repo("mktree")))
        common = repo.path / ".git"
        files = Sharing(
            sharing_bits(repo.attempt("config", "core.sharedRepository").stdout.decode().strip())
        )
        files.make_folders(common / "refs" / "gitprov")
        files.replace(common / "refs" / "gitprov" / "y", b"")
    assert mode(common / "refs" / "gitprov") == mode(common / "refs" / "x")
    assert mode(common / "refs" / "gitprov" / "y") == mode(common / "refs" / "x" / "y")


@pytest.mark.parametrize("word", ["group", "all", "0640", "0600"])
def test_the_word_for_some_bits_is_read_as_these_bits(word: str) -> None:
    bits = sharing_bits(word)
    assert bits is not None
    assert sharing_bits(sharing_word(bits)) == bits


def test_a_replaced_file_keeps_mode_and_owner(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(0o664)
    owner = os.geteuid()
    if owner == 0:
        owner = 12345
        os.chown(path, owner, 12345)
    with umask(0o077):
        Sharing().replace(path, b"new")
    assert (path.read_bytes(), mode(path), path.stat().st_uid) == (b"new", "0o664", owner)
