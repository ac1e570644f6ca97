"""Git shows our notes, and we read git's."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitprov.git.note_tree import find_note, list_notes, notes_commit, put_notes
from tests.integration.git.world import LIMIT, World, open_world
from tests.support.git import Git

pytestmark = pytest.mark.git

REF = "refs/notes/gitprov"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


def write(world: World, notes: dict[str, str]) -> None:
    tip = world.refs.get(REF)
    blobs = world.objects.write([("blob", text.encode()) for text in notes.values()])
    root = None if tip is None else world.root_of(tip)
    new_root, made = put_notes(world.trees, root, dict(zip(notes, blobs, strict=True)))
    world.objects.write([("tree", tree) for tree in made])
    raw = notes_commit(new_root, tip, 1790000000, len(notes))
    (commit,) = world.objects.write([("commit", raw)])
    world.refs.swap(REF, commit, tip)


def test_git_shows_our_notes(world: World) -> None:
    commits = [world.append(str(n), b"x") for n in range(40)]
    plain = Git(world.path)
    write(world, {commit: f'run {n} SUCCESS "agent"\n' for n, commit in enumerate(commits[:30])})
    write(world, {commit: f'run {n} FAILED "agent"\n' for n, commit in enumerate(commits[20:])})
    assert plain("notes", "--ref=gitprov", "show", commits[3]) == 'run 3 SUCCESS "agent"'
    assert plain("notes", "--ref=gitprov", "show", commits[25]) == 'run 5 FAILED "agent"'
    assert len(plain("notes", "--ref=gitprov", "list").splitlines()) == 40
    shown = plain("log", "-1", "--notes=gitprov", "--format=%N", commits[39])
    assert shown.strip() == 'run 19 FAILED "agent"'
    assert plain("log", "--format=%an <%ae>|%cn|%s", REF).splitlines() == [
        "gitprov <gitprov@localhost>|gitprov|notes: 20 commits",
        "gitprov <gitprov@localhost>|gitprov|notes: 30 commits",
    ]
    plain("fsck", "--strict", "--connectivity-only")


def test_we_read_what_git_has_written(world: World) -> None:
    commits = [world.append(str(n), b"x") for n in range(20)]
    plain = Git(world.path)
    write(world, {commits[0]: "ours\n"})
    for commit in commits[1:]:
        plain("notes", "--ref=gitprov", "add", "-m", "theirs", commit)
    tip = world.refs.get(REF)
    assert tip is not None
    found = list_notes(world.trees, world.root_of(tip))
    assert set(found) == set(commits)
    note = find_note(world.trees, world.root_of(tip), commits[5])
    assert note is not None
    assert world.objects.read(note, LIMIT)[1] == b"theirs\n"
    write(world, {commits[5]: "ours again\n"})
    assert plain("notes", "--ref=gitprov", "show", commits[5]) == "ours again"
    assert plain("notes", "--ref=gitprov", "show", commits[6]) == "theirs"
