"""RefStore, on a real repository, with git as the second opinion."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, RefMovedError, RefusedError, StorageError, UsageError
from gitprov.git.ref_updates import PygitRefs
from gitprov.service.ports.refs import RefStore
from tests.integration.git.world import LEDGER, World, open_world
from tests.support.git import Git

pytestmark = pytest.mark.git


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git", patience=0.1)


@pytest.fixture
def plain(world: World) -> Git:
    """The git program on that repository."""
    return Git(world.path)


@pytest.fixture
def commits(world: World) -> tuple[str, str, str]:
    root = world.put_file(None, "a", b"x")
    first = world.put_commit(root)
    second = world.put_commit(root, (first,))
    return first, second, world.put_commit(root, (second,))


def test_it_fits_the_port(world: World) -> None:
    refs: RefStore = world.refs
    assert refs.get(LEDGER) is None


def test_a_ref_is_made_and_moved(world: World, plain: Git, commits: tuple[str, str, str]) -> None:
    first, second, _ = commits
    world.refs.swap(LEDGER, first, None)
    assert world.refs.get(LEDGER) == first == plain("rev-parse", LEDGER)
    world.refs.swap(LEDGER, second, first)
    assert world.refs.get(LEDGER) == second == plain("rev-parse", LEDGER)
    assert not list(world.path.glob("refs/**/*.lock"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_lost_race_is_told_apart(
    world: World, plain: Git, commits: tuple[str, str, str], *, packed: bool
) -> None:
    first, second, third = commits
    world.refs.swap(LEDGER, second, None)
    if packed:
        plain("pack-refs", "--all", "--prune")
    for expected in (None, first, third):
        with pytest.raises(RefMovedError) as caught:
            world.refs.swap(LEDGER, third, expected)
        assert caught.value.code is Code.STALE
        assert caught.value.details["found"] == second
    with pytest.raises(RefMovedError):
        world.refs.swap("refs/gitprov/absent", second, first)
    assert plain("rev-parse", LEDGER) == second
    world.refs.swap(LEDGER, third, second)
    assert plain("rev-parse", LEDGER) == third


def test_packed_refs_are_read(world: World, plain: Git, commits: tuple[str, str, str]) -> None:
    first, second, _ = commits
    for name in ("refs/gitprov/ledger", "refs/gitprov/ledgers/team", "refs/tags/t"):
        world.refs.swap(name, first, None)
    plain("tag", "-a", "-m", "x", "annotated", first)
    plain("pack-refs", "--all", "--prune")
    assert not (world.path / LEDGER).exists()
    assert world.refs.get(LEDGER) == first
    assert world.refs.get("refs/gitprov/ledge") is None
    assert world.refs.get("refs/gitprov/ledger/x") is None
    world.refs.swap(LEDGER, second, first)
    assert world.refs.get(LEDGER) == second
    plain("tag", "later", first)
    assert world.refs.names("refs/gitprov/") == ["refs/gitprov/ledger", "refs/gitprov/ledgers/team"]
    assert world.refs.names("refs/tags/") == [
        "refs/tags/annotated",
        "refs/tags/later",
        "refs/tags/t",
    ]
    assert world.refs.names("refs/replace/") == []


def test_a_symbolic_ref_is_refused(world: World, plain: Git, commits: tuple[str, str, str]) -> None:
    world.refs.swap("refs/heads/other", commits[0], None)
    plain("symbolic-ref", LEDGER, "refs/heads/other")
    calls: tuple[Callable[[], object], ...] = (
        lambda: world.refs.get(LEDGER),
        lambda: world.refs.swap(LEDGER, commits[1], commits[0]),
        lambda: world.refs.swap(LEDGER, commits[1], None),
    )
    for call in calls:
        with pytest.raises(RefusedError) as caught:
            call()
        assert caught.value.code is Code.REF_FORBIDDEN
    assert plain("rev-parse", "refs/heads/other") == commits[0]


def test_a_symbolic_link_is_a_symbolic_ref(world: World, commits: tuple[str, str, str]) -> None:
    world.refs.swap("refs/heads/other", commits[0], None)
    link = world.path / LEDGER
    link.parent.mkdir(parents=True)
    link.symlink_to("../heads/other")
    with pytest.raises(RefusedError) as caught:
        world.refs.get(LEDGER)
    assert caught.value.details["target"] == "../heads/other"


@pytest.mark.parametrize("content", [b"", b"\n", b"xyz\n", b"0" * 39, b"0" * 41, b"1" * 5000])
def test_a_ref_without_an_oid_is_corrupt(
    world: World, commits: tuple[str, str, str], content: bytes
) -> None:
    path = world.path / LEDGER
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    calls: tuple[Callable[[], object], ...] = (
        lambda: world.refs.get(LEDGER),
        lambda: world.refs.swap(LEDGER, commits[0], None),
    )
    for call in calls:
        with pytest.raises(StorageError) as caught:
            call()
        assert caught.value.code is Code.STORE_CORRUPT
    assert path.read_bytes() == content


def test_a_damaged_packed_ref_is_corrupt(world: World) -> None:
    (world.path / "packed-refs").write_text(f"# pack-refs with: peeled\nxyz {LEDGER}\n")
    with pytest.raises(StorageError) as caught:
        world.refs.get(LEDGER)
    assert caught.value.code is Code.STORE_CORRUPT


def test_names_above_and_below_a_ref_are_refused(
    world: World, plain: Git, commits: tuple[str, str, str]
) -> None:
    first = commits[0]
    world.refs.swap(LEDGER, first, None)
    for _ in range(2):
        for name in (f"{LEDGER}/x", f"{LEDGER}/x/y", "refs/gitprov"):
            with pytest.raises(RefusedError) as caught:
                world.refs.swap(name, first, None)
            assert caught.value.code is Code.REF_FORBIDDEN
        plain("pack-refs", "--all", "--prune")
    assert plain("for-each-ref", "--format=%(refname)") == LEDGER


def test_an_empty_folder_is_not_in_the_way(world: World, commits: tuple[str, str, str]) -> None:
    (world.path / LEDGER / "x").mkdir(parents=True)
    assert world.refs.get(LEDGER) is None
    world.refs.swap(LEDGER, commits[0], None)
    assert world.refs.get(LEDGER) == commits[0]


@pytest.mark.parametrize("name", ["-refs/x", "ledger", "refs/x/../../config", "refs/a b"])
def test_odd_names_are_refused(world: World, name: str) -> None:
    with pytest.raises(UsageError):
        world.refs.get(name)
    with pytest.raises(UsageError):
        world.refs.swap(name, "1" * 40, None)


def test_a_live_lock_is_waited_for_and_then_busy(
    world: World, commits: tuple[str, str, str]
) -> None:
    lock = world.path / f"{LEDGER}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(StorageError) as caught:
        world.refs.swap(LEDGER, commits[0], None)
    assert caught.value.code is Code.BUSY
    assert str(lock) in caught.value.message
    assert lock.exists()
    lock.unlink()
    world.refs.swap(LEDGER, commits[0], None)
    assert world.refs.get(LEDGER) == commits[0]


def test_a_lock_that_seems_cleared_but_stays_ends_in_busy(
    world: World, commits: tuple[str, str, str]
) -> None:
    refs = PygitRefs(world.repository, world.path, patience=0.1, clear_dead=lambda _name: True)
    (world.path / LEDGER).parent.mkdir(parents=True)
    (world.path / f"{LEDGER}.lock").touch()
    with pytest.raises(StorageError) as caught:
        refs.swap(LEDGER, commits[0], None)
    assert caught.value.code is Code.BUSY


def test_a_ref_that_moved_while_locked_is_stale(
    world: World, commits: tuple[str, str, str]
) -> None:
    first, second, third = commits
    world.refs.swap(LEDGER, second, None)
    (world.path / f"{LEDGER}.lock").touch()
    with pytest.raises(RefMovedError):
        world.refs.swap(LEDGER, third, first)


@pytest.mark.parametrize("oid", ["0" * 40, "1" * 40, "xyz"])
def test_a_ref_never_names_what_is_not_there(world: World, oid: str) -> None:
    with pytest.raises(GitprovError) as caught:
        world.refs.swap(LEDGER, oid, None)
    assert caught.value.code is Code.STORAGE
    assert world.refs.get(LEDGER) is None
    assert not list(world.path.glob("refs/**/*.lock"))


def test_a_reflog_appears_only_where_git_would_write_one(
    world: World, plain: Git, commits: tuple[str, str, str]
) -> None:
    world.refs.swap(LEDGER, commits[0], None)
    world.refs.swap("refs/notes/gitprov", commits[0], None)
    assert not (world.path / "logs").exists()
    plain("config", "core.logAllRefUpdates", "true")
    again = open_world(world.path)
    again.refs.swap(LEDGER, commits[1], commits[0])
    assert not (world.path / "logs" / LEDGER).exists()


def test_permissions_follow_the_umask(world: World, commits: tuple[str, str, str]) -> None:
    old = os.umask(0o077)
    try:
        world.refs.swap(LEDGER, commits[0], None)
    finally:
        os.umask(old)
    assert (world.path / LEDGER).stat().st_mode & 0o777 == 0o600
