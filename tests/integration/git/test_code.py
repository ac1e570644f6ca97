"""The code repository, of whatever kind, as a run record describes it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError, UsageError
from gitprov.git.code_readers import ProgramReader
from gitprov.git.code_repository import GitCodeRepository
from gitprov.git.discovery import discover
from gitprov.git.program import GitProgram
from gitprov.service.ports import code as ports
from tests.integration.git.world import finish, start_python
from tests.support.git import Git

pytestmark = pytest.mark.git

Opener = Callable[[Path], GitCodeRepository]


def native(path: Path) -> GitCodeRepository:
    return GitCodeRepository(discover(path), GitProgram(os.environ))


def by_program(path: Path) -> GitCodeRepository:
    """The same repository, read as if libgit2 could not."""
    code = native(path)
    code._reader = ProgramReader(discover(path), GitProgram(os.environ))
    return code


@pytest.fixture(params=[native, by_program], ids=["libgit2", "git"])
def opened(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


@pytest.fixture
def wide(git: Git, tmp_path: Path) -> Git:
    """A repository with SHA-256 object names."""
    return git.init(tmp_path / "wide", "--object-format=sha256")


def patch_id(repo: Git, commit: str) -> str:
    diff = repo.raw("diff-tree", "-p", "--root", "--full-index", commit)
    return repo("patch-id", "--stable", stdin=diff).split()[0]


def test_it_fits_the_port(repo: Git) -> None:
    code: ports.CodeRepository = native(repo.path)
    assert code.head() == "unborn"


def test_head(repo: Git, opened: Opener) -> None:
    assert opened(repo.path).head() == "unborn"
    first = repo.commit({"a": "x"})
    assert opened(repo.path).head() == first
    repo("pack-refs", "--all")
    assert opened(repo.path).head() == first
    repo("checkout", "--quiet", "--detach")
    assert opened(repo.path).head() == first
    repo("checkout", "--quiet", "--orphan", "empty")
    assert opened(repo.path).head() == "unborn"


def test_head_of_a_worktree_is_its_own(repo: Git, tmp_path: Path, opened: Opener) -> None:
    first = repo.commit({"a": "x"})
    repo("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    other = repo.at(tmp_path / "other")
    second = other.commit({"a": "y"})
    assert opened(repo.path).head() == first
    assert opened(other.path).head() == second
    assert opened(other.path).resolve_commit("HEAD").commit == second
    assert not opened(other.path).is_dirty(["a"])


def test_a_head_that_goes_in_circles_is_unborn(repo: Git) -> None:
    heads = repo.path / ".git" / "refs" / "heads"
    (repo.path / ".git" / "HEAD").write_text("ref: refs/heads/a\n")
    (heads / "a").write_text("ref: refs/heads/b\n")
    (heads / "b").write_text("ref: refs/heads/a\n")
    assert native(repo.path).head() == "unborn"


def test_a_head_in_the_middle_of_a_bisection(repo: Git) -> None:
    first = repo.commit({"a": "x"})
    repo("update-ref", "refs/bisect/here", first)
    (repo.path / ".git" / "HEAD").write_text("ref: refs/bisect/here\n")
    assert native(repo.path).head() == first


def test_files_are_dirty_if_their_content_differs_from_head(repo: Git, opened: Opener) -> None:
    repo.commit({"a": "x", "d/b": "y", "ü": "z"})
    code = opened(repo.path)
    assert not code.is_dirty(["a", "d/b", "ü"])
    assert not code.is_dirty([])
    (repo.path / "a").touch()
    assert not code.is_dirty(["a"])
    (repo.path / "a").write_text("changed")
    assert code.is_dirty(["d/b", "a"])
    assert not code.is_dirty(["d/b"])
    repo("add", "a")
    assert code.is_dirty(["a"]), "staged is not committed"
    repo("commit", "--quiet", "-m", "x")
    assert not code.is_dirty(["a"])


def test_large_files_are_compared_too(repo: Git, opened: Opener) -> None:
    repo.commit({"a": "x" * 3_000_000})
    code = opened(repo.path)
    assert not code.is_dirty(["a"])
    with (repo.path / "a").open("ab") as stream:
        stream.write(b"y")
    assert code.is_dirty(["a"])


def test_what_head_does_not_have_is_dirty(repo: Git, opened: Opener) -> None:
    assert opened(repo.path).is_dirty(["a"])
    repo.commit({"a": "x", "d/b": "y"})
    (repo.path / "new").write_text("x")
    (repo.path / "a").unlink()
    code = opened(repo.path)
    os.mkfifo(repo.path / "a")
    for path in ("new", "a", "d", "nowhere", "d/b/c", "a/b"):
        assert code.is_dirty([path]), path


def test_a_symbolic_link_is_compared_by_its_target(repo: Git, opened: Opener) -> None:
    (repo.path / "link").symlink_to("a")
    repo.commit({"a": "x"})
    repo("add", "link")
    repo("commit", "--quiet", "-m", "link")
    code = opened(repo.path)
    assert not code.is_dirty(["link"])
    (repo.path / "link").unlink()
    (repo.path / "link").symlink_to("b")
    assert code.is_dirty(["link"])


def test_line_ends_that_git_converts_are_not_dirty(repo: Git) -> None:
    repo("config", "core.autocrlf", "true")
    repo.commit({"a": "one\r\ntwo\r\n"})
    assert repo.raw("show", "HEAD:a") == b"one\ntwo\n"
    code = native(repo.path)
    assert not code.is_dirty(["a"])
    (repo.path / "a").write_bytes(b"one\r\nthree\r\n")
    assert code.is_dirty(["a"])


def test_line_ends_that_git_keeps_are_dirty(repo: Git) -> None:
    repo.commit({"a": "one\ntwo\n"})
    (repo.path / "a").write_bytes(b"one\r\ntwo\r\n")
    assert native(repo.path).is_dirty(["a"])


def test_a_large_file_kept_elsewhere_is_compared_with_its_pointer(
    repo: Git, opened: Opener
) -> None:
    content = b"large" * 10_000
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"
    )
    repo.commit({"model.bin": pointer})
    code = opened(repo.path)
    assert not code.is_dirty(["model.bin"])
    (repo.path / "model.bin").write_bytes(content)
    assert not code.is_dirty(["model.bin"])
    (repo.path / "model.bin").write_bytes(content + b"!")
    assert code.is_dirty(["model.bin"])


def test_no_filter_is_run(repo: Git, tmp_path: Path, opened: Opener) -> None:
    repo.commit({"a": "x"})
    trap = f"touch {tmp_path}/sprung; cat"
    for name in ("filter.x.clean", "filter.x.smudge", "diff.x.command", "diff.x.textconv"):
        repo("config", name, trap)
    repo("config", "core.fsmonitor", trap)
    repo("config", "diff.external", trap)
    (repo.path / ".gitattributes").write_text("* filter=x diff=x\n")
    (repo.path / ".git" / "info" / "attributes").write_text("* filter=x diff=x\n")
    (repo.path / "a").write_text("changed")
    code = opened(repo.path)
    assert code.is_dirty(["a"])
    assert code.resolve_commit("HEAD").patch_id
    assert not (tmp_path / "sprung").exists()


def test_a_work_tree_that_the_configuration_moves_is_followed_as_git_does(
    repo: Git, tmp_path: Path
) -> None:
    repo.commit({"a": "x"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("x")
    (repo.path / "a").write_text("changed")
    assert native(repo.path).is_dirty(["a"])
    repo("config", "core.worktree", str(tmp_path / "elsewhere"))
    assert repo("status", "--short") == ""
    assert not native(repo.path).is_dirty(["a"])


def test_a_bare_repository_has_no_files(bare: Git, repo: Git) -> None:
    tip = repo.commit({"a": "x"})
    repo("push", "--quiet", str(bare.path), "main")
    code = native(bare.path)
    assert code.head() == tip
    assert code.is_dirty(["a"])


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a\0b"])
def test_what_is_no_path_of_the_work_tree_is_a_mistake(
    repo: Git, opened: Opener, path: str
) -> None:
    code = opened(repo.path)
    with pytest.raises(UsageError):
        code.is_dirty([path])


def test_many_paths_at_once(repo: Git, opened: Opener) -> None:
    files = {f"d{n % 7}/f{n}": f"{n}" for n in range(1200)}
    repo.commit(files)
    code = opened(repo.path)
    assert not code.is_dirty(list(files))
    (repo.path / "d0/f0").write_text("changed")
    assert code.is_dirty(list(files))


def test_commits_are_resolved(repo: Git, opened: Opener) -> None:
    first = repo.commit({"a": "x\n"})
    second = repo.commit({"a": "y\n", "b": "z\n"})
    repo("tag", "-a", "-m", "x", "v1", first)
    code = opened(repo.path)
    for rev, commit in (("HEAD", second), ("v1", first), ("HEAD~1", first), (second[:10], second)):
        found = code.resolve_commit(rev)
        assert found == (commit, repo("rev-parse", f"{commit}^{{tree}}"), patch_id(repo, commit))
    assert code.has_commit(first)
    assert not code.has_commit("1" * 40)
    assert not code.has_commit(first[:10])
    assert not code.has_commit(repo("rev-parse", "HEAD^{tree}"))


@pytest.mark.parametrize(
    "rev", ["nowhere", "1" * 40, "HEAD:a", "HEAD^{tree}", "--all", "", "a b", "a\nb", "HEAD~99"]
)
def test_what_names_no_commit_is_a_mistake(repo: Git, opened: Opener, rev: str) -> None:
    repo.commit({"a": "x"})
    with pytest.raises(UsageError) as caught:
        opened(repo.path).resolve_commit(rev)
    assert caught.value.code is Code.ARGUMENT


def test_the_patch_id_survives_a_cherry_pick_but_not_a_change(repo: Git) -> None:
    repo.commit({"a": "1\n2\n3\n"})
    repo("checkout", "--quiet", "-b", "side")
    picked = repo.commit({"a": "1\n2\n3\n4\n"})
    repo("checkout", "--quiet", "main")
    repo.commit({"other": "x"})
    repo("cherry-pick", picked)
    code = native(repo.path)
    one, two = code.resolve_commit(picked), code.resolve_commit("HEAD")
    assert one.commit != two.commit
    assert one.patch_id == two.patch_id is not None


def test_merges_and_empty_commits_have_no_patch_id(repo: Git) -> None:
    repo.commit({"a": "x"})
    repo("checkout", "--quiet", "-b", "side")
    repo.commit({"b": "x"})
    repo("checkout", "--quiet", "main")
    repo.commit({"c": "x"})
    repo("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    repo("commit", "--quiet", "--allow-empty", "-m", "empty")
    code = native(repo.path)
    assert code.resolve_commit("HEAD").patch_id is None
    assert code.resolve_commit("HEAD~1").patch_id is None


def test_binary_files_have_a_patch_id_that_knows_their_content(repo: Git) -> None:
    ids = []
    for content in (b"\0one", b"\0two"):
        repo.commit({"bin": content})
        ids.append(native(repo.path).resolve_commit("HEAD").patch_id)
    assert None not in ids
    assert len(set(ids)) == 2


def test_replace_refs_do_not_bend_what_is_read(repo: Git, opened: Opener) -> None:
    first = repo.commit({"a": "x\n"})
    second = repo.commit({"a": "y\n"})
    expected = (second, repo("rev-parse", f"{second}^{{tree}}"), patch_id(repo, second))
    repo("replace", second, first)
    assert opened(repo.path).resolve_commit(second) == expected


def test_the_edge_of_a_shallow_clone_has_no_patch_id(
    repo: Git, git: Git, tmp_path: Path, opened: Opener
) -> None:
    repo.commit({"a": "x"})
    tip = repo.commit({"a": "y"})
    git("clone", "--quiet", "--depth=1", f"file://{repo.path}", "shallow")
    code = opened(tmp_path / "shallow")
    assert code.head() == tip
    assert code.resolve_commit("HEAD").patch_id is None
    assert not code.is_dirty(["a"])


def test_a_partial_clone_is_read_without_fetching(
    repo: Git, git: Git, tmp_path: Path, opened: Opener
) -> None:
    first = repo.commit({"a": "x"})
    tip = repo.commit({"a": "y"})
    repo("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", f"file://{repo.path}", "partial")
    (repo.path / ".git").rename(tmp_path / "away")
    code = opened(tmp_path / "partial")
    assert code.head() == tip
    assert not code.is_dirty(["a"])
    found = code.resolve_commit(first)
    assert found.commit == first
    assert found.patch_id is None, "its files were never fetched"


def test_a_sha256_repository_is_read(wide: Git) -> None:
    code = native(wide.path)
    assert code.head() == "unborn"
    tip = wide.commit({"a": "x", "d/b": "y"})
    assert code.head() == tip
    assert len(tip) == 64
    assert not code.is_dirty(["a", "d/b"])
    (wide.path / "a").write_text("changed")
    assert code.is_dirty(["a"])
    found = code.resolve_commit("HEAD")
    assert found == (tip, wide("rev-parse", "HEAD^{tree}"), patch_id(wide, tip))
    assert code.has_commit(tip)
    assert not code.has_commit("1" * 64)


def test_without_a_git_program(repo: Git, wide: Git) -> None:
    repo.commit({"a": "x"})
    nowhere = GitProgram({"PATH": "/nowhere"})
    code = GitCodeRepository(discover(repo.path), nowhere)
    assert not code.is_dirty(["a"])
    assert code.resolve_commit("HEAD").patch_id is None
    with pytest.raises(StorageError) as caught:
        GitCodeRepository(discover(wide.path), nowhere).head()
    assert caught.value.code is Code.REPO_UNSUPPORTED


@pytest.mark.root
def test_a_file_that_may_not_be_read_is_not_called_clean_or_dirty(repo: Git) -> None:
    repo.commit({"a": "x"})
    top = repo.path
    while top != Path("/tmp"):
        top.chmod(0o755)
        top = top.parent
    (repo.path / "a").chmod(0o600)
    script = """
import os, sys
from pathlib import Path
from gitprov.errors import GitprovError
from tests.integration.git.test_code import native
code = native(Path(sys.argv[1]))
os.setuid(12345)
try: code.is_dirty(["a"])
except GitprovError as error: print(error.code)
"""
    assert finish(start_python(script, repo.path)).strip() == Code.INTERNAL
