"""Opening the ledger's repository, and refusing what would lie (V0)."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.git.discovery import discover
from gitprov.git.objects import PygitObjects
from gitprov.git.ownership import require_trusted
from gitprov.git.program import GitProgram
from gitprov.git.repository import (
    check_format,
    check_supported,
    create_ledger_store,
    open_ledger_repository,
    shallow_oids,
)
from tests.integration.git.world import LEDGER, LIMIT, finish, open_world, start_python
from tests.support.git import Git

pytestmark = pytest.mark.git


def nobody(_oid: str) -> bool:
    return False


def test_a_path_inside_a_repository_is_not_searched_upwards(repo: Git) -> None:
    (repo.path / "a").mkdir()
    for path in (repo.path / "a", repo.path / ".git" / "objects"):
        with pytest.raises(UnsupportedRepositoryError) as caught:
            open_ledger_repository(path)
        assert caught.value.details["remedy"]
    assert open_ledger_repository(repo.path / ".git").path == f"{repo.path}/.git/"


def test_git_dir_of_the_environment_is_not_heeded(
    repo: Git, bare: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(bare.path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(bare.path / "objects"))
    oid = repo.at(repo.path)("hash-object", "-w", "--stdin", stdin="x")
    monkeypatch.delenv("GIT_OBJECT_DIRECTORY")
    repository = open_ledger_repository(repo.path / ".git")
    assert repository.path == f"{repo.path}/.git/"
    assert oid not in repository.odb


@pytest.mark.root
def test_a_repository_of_somebody_else_comes_with_its_remedy(bare: Git) -> None:
    os.chown(bare.path, 12345, 12345)
    with pytest.raises(UnsupportedRepositoryError, match=rf"safe\.directory {bare.path}$"):
        require_trusted(discover(bare.path), GitProgram(os.environ), None)


def test_sudo_may_use_what_belongs_to_its_caller(bare: Git) -> None:
    os.chown(bare.path, 12345, 12345)
    require_trusted(discover(bare.path), GitProgram(os.environ), "12345")
    with pytest.raises(UnsupportedRepositoryError):
        require_trusted(discover(bare.path), GitProgram(os.environ), "1")


def test_formats_that_cannot_hold_the_ledger_are_refused(
    git: Git, repo: Git, tmp_path: Path
) -> None:
    wide = discover(git.init(tmp_path / "wide", "--object-format=sha256").path)
    repo("config", "extensions.refStorage", "reftable")
    for place in (wide, discover(repo.path)):
        for check in (check_format, lambda found: check_supported(found, nobody)):
            with pytest.raises(UnsupportedRepositoryError, match=r"gitprov\.store") as caught:
                check(place)
            assert caught.value.code is Code.REPO_UNSUPPORTED


def test_an_ordinary_repository_is_supported(repo: Git) -> None:
    repo.commit({"a": "x"})
    assert check_supported(discover(repo.path), nobody) == []


def test_grafts_are_refused(repo: Git) -> None:
    (repo.path / ".git" / "info" / "grafts").touch()
    with pytest.raises(UnsupportedRepositoryError, match="grafts"):
        check_supported(discover(repo.path), nobody)


def test_a_shallow_file_is_refused_only_if_it_cuts_the_ledger(
    repo: Git, git: Git, tmp_path: Path
) -> None:
    repo.commit({"a": "x"})
    tip = repo.commit({"a": "y"})
    git("clone", "--quiet", "--depth=1", f"file://{repo.path}", "shallow")
    place = discover(tmp_path / "shallow")
    assert shallow_oids(place) == [tip]
    assert check_supported(place, nobody) == []
    with pytest.raises(UnsupportedRepositoryError, match=tip):
        check_supported(place, lambda oid: oid == tip)


def test_a_shallow_file_that_cannot_be_read_is_not_called_absent(repo: Git) -> None:
    (repo.path / ".git" / "shallow").mkdir()
    with pytest.raises(StorageError) as caught:
        shallow_oids(discover(repo.path))
    assert caught.value.code is Code.INTERNAL


def test_replace_refs_are_reported(repo: Git) -> None:
    first = repo.commit({"a": "x"})
    second = repo.commit({"a": "y"})
    repo("replace", second, first)
    assert check_supported(discover(repo.path), nobody) == [f"refs/replace/{second}"]
    repo("pack-refs", "--all", "--prune")
    assert check_supported(discover(repo.path), nobody) == [f"refs/replace/{second}"]


def test_alternates_are_allowed(repo: Git, git: Git, tmp_path: Path) -> None:
    repo.commit({"a": "x"})
    git("clone", "--quiet", "--shared", "--bare", str(repo.path), "shared.git")
    place = discover(tmp_path / "shared.git")
    assert check_supported(place, nobody) == []
    objects = PygitObjects(open_ledger_repository(place.git_dir))
    assert objects.read(repo("rev-parse", "HEAD"), LIMIT)[0] == "commit"


def test_what_a_partial_clone_has_not_fetched_is_unknown(
    repo: Git, git: Git, tmp_path: Path
) -> None:
    repo.commit({"a": "content"})
    repo("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", "--bare", f"file://{repo.path}", "partial.git")
    place = discover(tmp_path / "partial.git")
    objects = PygitObjects(open_ledger_repository(place.git_dir), is_partial=place.is_partial)
    assert objects.read(repo("rev-parse", "HEAD^{tree}"), LIMIT)[0] == "tree"
    with pytest.raises(UnsupportedRepositoryError) as caught:
        objects.read(repo("rev-parse", "HEAD:a"), LIMIT)
    assert caught.value.code is Code.REPO_UNSUPPORTED
    assert "git fetch" in caught.value.details["remedy"]


def test_a_ledger_store_is_plain_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "code.git" / "gitprov" / "ledger.git"
    place = create_ledger_store(path)
    assert place.is_bare
    assert place.can_hold_ledger
    assert place == discover(path)
    assert not (path / "hooks").exists()
    assert Git(path)("rev-parse", "--is-bare-repository") == "true"
    Git(path)("fsck", "--strict")
    open_ledger_repository(path)


def test_making_a_ledger_store_again_changes_nothing(tmp_path: Path) -> None:
    world = open_world(tmp_path / "ledger.git")
    commit = world.append("a", b"x")
    Git(world.path)("config", "gitprov.genesis", commit)
    before = (world.path / "config").read_bytes()
    create_ledger_store(world.path)
    assert (world.path / "config").read_bytes() == before
    assert world.refs.get(LEDGER) == commit


def test_a_ledger_store_that_was_left_unfinished_is_completed(tmp_path: Path) -> None:
    create_ledger_store(tmp_path / "ledger.git")
    (tmp_path / "ledger.git" / "HEAD").unlink()
    place = create_ledger_store(tmp_path / "ledger.git")
    assert open_ledger_repository(place.git_dir).is_bare


def test_many_processes_make_one_ledger_store(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.integration.git.world import open_world
open_world(Path(sys.argv[1])).append(sys.argv[2], b"x", "refs/gitprov/" + sys.argv[2])
"""
    path = tmp_path / "a" / "b" / "ledger.git"
    for process in [start_python(script, path, f"r{n}") for n in range(6)]:
        finish(process)
    assert len(open_world(path).refs.names("refs/gitprov/")) == 6
    Git(path)("fsck", "--strict")


def test_a_ledger_store_is_not_made_of_something_else(git: Git, tmp_path: Path) -> None:
    git.init(tmp_path / "wide.git", "--bare", "--object-format=sha256")
    with pytest.raises(UnsupportedRepositoryError):
        create_ledger_store(tmp_path / "wide.git")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught:
        create_ledger_store(tmp_path / "file" / "ledger.git")
    assert caught.value.code is Code.STORAGE


HOOK = """#!{python}
import os, sys
sys.path.insert(0, {top!r})
from pathlib import Path
from gitprov.git.objects import PygitObjects
from gitprov.git.ownership import require_trusted
from gitprov.git.program import GitProgram
from gitprov.git.repository import open_in_hook, open_ledger_repository
keep = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
for name in [n for n in os.environ if n.startswith("GIT_") and n not in keep]:
    del os.environ[name]
old, new, ref = sys.stdin.readline().split()
here = Path.cwd()
print("plain", new in open_ledger_repository(here).odb)
objects = PygitObjects(open_in_hook(here))
kind, content = objects.read(new, 10**6)
print("hook", kind, objects.read(content[5:45].decode(), 10**6)[0])
"""


@pytest.mark.parametrize("files", [1, 300], ids=["loose", "pack"])
def test_a_hook_sees_what_is_in_quarantine(bare: Git, repo: Git, files: int) -> None:
    hook = bare.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, top=str(Path(__file__).parents[3])))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    repo.commit({f"f{n}": f"{n}" for n in range(files)})
    done = repo.attempt("push", str(bare.path), "main")
    assert done.returncode == 0, done.stderr
    assert b"plain False" in done.stderr
    assert b"hook commit tree" in done.stderr
