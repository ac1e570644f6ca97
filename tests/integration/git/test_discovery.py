"""Repositories are found as git finds them, whatever their configuration says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, UnsupportedRepositoryError
from gitprov.git.discovery import discover, discover_upwards
from gitprov.git.repository import open_ledger_repository
from tests.integration.git.world import finish, start_python
from tests.support.git import Git

pytestmark = pytest.mark.git


def git_says(at: Path, what: str) -> Path:
    text = Git(at)("rev-parse", "--path-format=absolute", what)
    return Path(os.path.realpath(text))


def test_from_the_top_and_from_below(repo: Git) -> None:
    below = repo.path / "a" / "b"
    below.mkdir(parents=True)
    place = discover(below)
    assert place == discover(repo.path)
    assert place.git_dir == place.common_dir == repo.path / ".git"
    assert place.work_tree == repo.path
    assert (place.object_format, place.ref_format) == ("sha1", "files")
    assert (place.is_bare, place.is_shallow, place.is_partial) == (False, False, False)
    assert place.can_hold_ledger


def test_from_the_current_folder(repo: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    assert discover().work_tree == repo.path


def test_through_a_symbolic_link(repo: Git, tmp_path: Path) -> None:
    (repo.path / "a").mkdir()
    (tmp_path / "link").symlink_to(repo.path / "a", target_is_directory=True)
    assert discover(tmp_path / "link").work_tree == repo.path


def test_a_worktree(repo: Git, tmp_path: Path) -> None:
    repo.commit({"a": "x"})
    repo("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    place = discover(tmp_path / "other")
    assert place.git_dir == git_says(tmp_path / "other", "--git-dir")
    assert place.common_dir == repo.path / ".git"
    assert place.work_tree == tmp_path / "other"
    assert not place.is_bare


def test_a_worktree_of_a_bare_repository(bare: Git, repo: Git, tmp_path: Path) -> None:
    repo.commit({"a": "x"})
    repo("push", "--quiet", str(bare.path), "main")
    bare("worktree", "add", "--quiet", str(tmp_path / "tree"), "main")
    assert discover(bare.path).is_bare
    place = discover(tmp_path / "tree")
    assert (place.is_bare, place.work_tree) == (False, tmp_path / "tree")
    assert place.common_dir == bare.path


def test_a_submodule_comes_before_what_holds_it(repo: Git, git: Git, tmp_path: Path) -> None:
    inner = git.init(tmp_path / "inner")
    inner.commit({"a": "x"})
    repo("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub")
    (repo.path / "sub" / "deep").mkdir()
    nearest, outer = discover_upwards(repo.path / "sub" / "deep")
    assert nearest.git_dir == repo.path / ".git" / "modules" / "sub"
    assert nearest.work_tree == repo.path / "sub"
    assert outer.git_dir == repo.path / ".git"


def test_a_bare_repository_and_a_folder_in_it(bare: Git) -> None:
    for start in (bare.path, bare.path / "objects" / "pack"):
        place = discover(start)
        assert (place.git_dir, place.work_tree, place.is_bare) == (bare.path, None, True)


def test_inside_the_git_folder_there_is_no_work_tree(repo: Git) -> None:
    place = discover(repo.path / ".git" / "objects")
    assert (place.git_dir, place.work_tree) == (repo.path / ".git", None)


def test_an_explicit_folder_is_taken_as_it_is(repo: Git, bare: Git, tmp_path: Path) -> None:
    place = discover(tmp_path, {"GIT_DIR": str(repo.path / ".git")})
    assert (place.git_dir, place.work_tree) == (repo.path / ".git", tmp_path)
    assert discover(tmp_path, {"GIT_DIR": "bare.git"}).git_dir == bare.path
    assert discover(tmp_path, {"GIT_DIR": str(bare.path)}).work_tree is None
    with pytest.raises(UnsupportedRepositoryError):
        discover(repo.path, {"GIT_DIR": str(tmp_path)})


def test_the_environment_counts_only_if_it_is_handed_in(
    repo: Git, bare: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(bare.path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repo.path))
    (repo.path / "a").mkdir()
    assert discover(repo.path / "a").git_dir == repo.path / ".git"


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedRepositoryError) as caught:
        discover(tmp_path)
    assert caught.value.code is Code.REPO_UNSUPPORTED
    assert caught.value.details["remedy"]


def test_a_deleted_current_folder_has_its_own_message(tmp_path: Path) -> None:
    script = """
import os, sys
from gitprov.git.discovery import discover
from gitprov.errors import UnsupportedRepositoryError
os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])
try: discover()
except UnsupportedRepositoryError as error: print(error.message)
"""
    (tmp_path / "gone").mkdir()
    output = finish(start_python(script, tmp_path / "gone"))
    assert "no longer exists" in output


@pytest.mark.parametrize("start", ["file", "nowhere"])
def test_a_start_that_is_no_folder_is_a_mistake(repo: Git, start: str) -> None:
    (repo.path / "file").touch()
    with pytest.raises(GitprovError) as caught:
        discover(repo.path / start)
    assert caught.value.code is Code.ARGUMENT


@pytest.mark.parametrize("text", ["", "gitdir: \n", "gitdir: nowhere\n", "x\n", "gitdir: ../..\n"])
def test_a_broken_git_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".git").write_text(text)
    with pytest.raises(UnsupportedRepositoryError, match=r"\.git"):
        discover(tmp_path / "sub")


@pytest.mark.parametrize("head", [None, "", "ref: elsewhere\n", "xyz\n", "1" * 39])
def test_a_folder_that_only_looks_like_one_is_passed_over(repo: Git, head: str | None) -> None:
    fake = repo.path / "fake"
    (fake / "objects").mkdir(parents=True)
    (fake / "refs").mkdir()
    if head is not None:
        (fake / "HEAD").write_text(head)
    assert discover(fake).git_dir == repo.path / ".git"


@pytest.mark.parametrize("head", ["ref: refs/heads/x\n", "1" * 40 + "\n", "1" * 64])
def test_a_valid_head_makes_a_repository(tmp_path: Path, head: str) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "refs").mkdir()
    (tmp_path / "HEAD").write_text(head)
    assert discover(tmp_path).git_dir == tmp_path
    (tmp_path / "HEAD").unlink()
    (tmp_path / "HEAD").symlink_to("refs/heads/main")
    assert discover(tmp_path).git_dir == tmp_path


def test_formats_that_cannot_hold_the_ledger(git: Git, tmp_path: Path, repo: Git) -> None:
    wide = git.init(tmp_path / "wide", "--object-format=sha256")
    place = discover(wide.path)
    assert (place.object_format, place.can_hold_ledger) == ("sha256", False)
    repo("config", "extensions.refStorage", "reftable")
    place = discover(repo.path)
    assert (place.ref_format, place.can_hold_ledger) == ("reftable", False)


def test_shallow_and_partial_clones_are_known(repo: Git, git: Git, tmp_path: Path) -> None:
    repo.commit({"a": "x"})
    repo.commit({"a": "y"})
    repo("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.path}"
    git("clone", "--quiet", "--depth=1", url, "shallow")
    git("clone", "--quiet", "--filter=blob:none", url, "partial")
    shallow, partial = discover(tmp_path / "shallow"), discover(tmp_path / "partial")
    assert (shallow.is_shallow, shallow.is_partial, shallow.can_hold_ledger) == (True, False, True)
    assert (partial.is_shallow, partial.is_partial, partial.can_hold_ledger) == (False, True, False)


def test_shared_permissions_are_read(repo: Git) -> None:
    assert discover(repo.path).sharing is None
    repo("config", "core.sharedRepository", "group")
    assert discover(repo.path).sharing == 0o660


def test_nothing_that_the_configuration_names_is_run(repo: Git, tmp_path: Path) -> None:
    repo.commit({"a": "x"})
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.editor",
        "core.pager",
        "core.alternateRefsCommand",
        "gpg.program",
        "alias.status",
        "diff.external",
        "filter.x.clean",
        "filter.x.process",
        "credential.helper",
        "uploadpack.packObjectsHook",
    ):
        repo("config", name, str(trap))
    repo("config", "include.path", str(tmp_path / "nowhere"))
    repo("config", "core.hooksPath", str(tmp_path))
    (repo.path / ".gitattributes").write_text("* filter=x diff=x\n")
    place = discover(repo.path)
    repository = open_ledger_repository(place.common_dir)
    assert repository.odb.read(repository.head.target)
    assert not (tmp_path / "sprung").exists()


def test_a_configuration_that_is_a_pipe_does_not_hang(bare: Git) -> None:
    (bare.path / "config").unlink()
    os.mkfifo(bare.path / "config")
    with pytest.raises(GitprovError) as caught:
        discover(bare.path)
    assert caught.value.code is Code.INTERNAL


def test_a_repository_without_configuration_is_plain(bare: Git) -> None:
    (bare.path / "config").unlink()
    place = discover(bare.path)
    assert (place.object_format, place.ref_format, place.is_bare) == ("sha1", "files", False)


@pytest.mark.root
def test_what_may_not_be_read_is_not_called_absent(repo: Git) -> None:
    script = """
import os, sys
from pathlib import Path
from gitprov.errors import GitprovError
from gitprov.git.discovery import discover
os.setuid(12345)
try: discover(Path(sys.argv[1]))
except GitprovError as error: print(error.code)
"""
    top = repo.path
    while top != Path("/tmp"):
        top.chmod(0o755)
        top = top.parent
    (repo.path / ".git").chmod(0o700)
    assert finish(start_python(script, repo.path)).strip() == Code.INTERNAL


def test_without_file_descriptors_it_could_not_be_found_out(repo: Git) -> None:
    """A repository that cannot be looked at is not one that is not there."""
    script = """
import os, resource, sys
from pathlib import Path
from gitprov.errors import GitprovError
from gitprov.git.discovery import discover
here = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, 4096))
try:
    discover(here)
except GitprovError as reason:
    print(reason.code)
"""
    ended = finish(start_python(script, repo.path))
    assert ended.strip() == Code.INTERNAL
