"""The notes tree: one shape written, every shape read."""

from __future__ import annotations

import hashlib

import pytest

from gitprov.git.note_tree import find_note, list_notes, notes_commit, put_notes
from gitprov.git.tree_editor import TreeEditor
from gitprov.gitraw.folder import parse_tree
from gitprov.gitraw.item import FOLDER, item_line, object_id

NOTE, OTHER = "a" * 40, "b" * 40
COMMITS = [hashlib.sha1(str(n).encode(), usedforsecurity=False).hexdigest() for n in range(600)]


class Shelf(dict[str, bytes]):
    """Trees by oid."""

    def __init__(self) -> None:
        super().__init__()
        self.trees = TreeEditor(self.__getitem__)

    def put(self, root: str | None, notes: dict[str, str | None]) -> str:
        new_root, made = put_notes(self.trees, root, notes)
        self.update({object_id("tree", tree): tree for tree in made})
        return new_root

    def tree(self, entries: dict[str, str]) -> str:
        """Keep a tree with these paths, each slash a folder."""
        below: dict[str, dict[str, str]] = {}
        lines = {}
        for path, oid in entries.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = oid
            else:
                key, lines[key] = item_line(name.encode(), oid)
        for name, entries_below in below.items():
            key, lines[key] = item_line(name.encode(), self.tree(entries_below), FOLDER)
        content = b"".join(lines[key] for key in sorted(lines))
        self[object_id("tree", content)] = content
        return object_id("tree", content)

    def paths(self, root: str) -> list[str]:
        found = []
        for mode, name, oid in parse_tree(self[root]):
            text = name.decode()
            found += [f"{text}/{p}" for p in self.paths(oid)] if mode == FOLDER else [text]
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def shaped(commit: str, fan_out: int) -> str:
    """Return a note's path: 0 flat, 1 as ours, 2 as git's for very many notes."""
    cuts = [commit[2 * n : 2 * n + 2] for n in range(fan_out)]
    return "/".join([*cuts, commit[2 * fan_out :]])


def test_notes_are_written_with_two_hex_folders(shelf: Shelf) -> None:
    root = shelf.put(None, dict.fromkeys(COMMITS, NOTE))
    assert shelf.paths(root) == sorted(shaped(commit, 1) for commit in COMMITS)
    assert list_notes(shelf.trees, root) == dict.fromkeys(COMMITS, NOTE)
    assert find_note(shelf.trees, root, COMMITS[0]) == NOTE


def test_nothing_is_there_at_first(shelf: Shelf) -> None:
    assert find_note(shelf.trees, None, COMMITS[0]) is None
    assert list_notes(shelf.trees, None) == {}
    assert find_note(shelf.trees, shelf.put(None, {}), COMMITS[0]) is None


def test_only_changed_folders_are_written(shelf: Shelf) -> None:
    root = shelf.put(None, dict.fromkeys(COMMITS, NOTE))
    _, made = put_notes(shelf.trees, root, {COMMITS[0]: OTHER})
    assert len(made) == 2


def test_steps_and_all_at_once_give_the_same_tree(shelf: Shelf) -> None:
    root = None
    for commit in COMMITS[:100]:
        root = shelf.put(root, {commit: NOTE})
    assert root == shelf.put(None, dict.fromkeys(COMMITS[:100], NOTE))


def test_a_note_is_replaced_and_removed(shelf: Shelf) -> None:
    first, second = COMMITS[:2]
    root = shelf.put(None, {first: NOTE, second: NOTE})
    root = shelf.put(root, {first: OTHER, second: None, COMMITS[2]: None})
    assert list_notes(shelf.trees, root) == {first: OTHER}
    assert shelf.paths(root) == [shaped(first, 1)], "no empty folder stays"
    assert shelf.put(root, {first: None}) == object_id("tree", b"")


@pytest.mark.parametrize("fan_out", [0, 1, 2, 3])
def test_every_fan_out_is_read(shelf: Shelf, fan_out: int) -> None:
    root = shelf.tree({shaped(commit, fan_out): NOTE for commit in COMMITS})
    assert list_notes(shelf.trees, root) == dict.fromkeys(COMMITS, NOTE)
    assert find_note(shelf.trees, root, COMMITS[7]) == NOTE
    assert find_note(shelf.trees, root, "0" * 40) is None


@pytest.mark.parametrize("fan_out", [0, 2, 3])
def test_other_shapes_of_touched_folders_become_ours(shelf: Shelf, fan_out: int) -> None:
    first = COMMITS[0]
    neighbours = [c for c in COMMITS if c[:2] == first[:2]]
    assert len(neighbours) > 1
    root = shelf.tree({shaped(commit, fan_out): NOTE for commit in COMMITS})
    new_root = shelf.put(root, {first: OTHER})
    expected = {shaped(c, 1 if c in neighbours else fan_out) for c in COMMITS}
    assert set(shelf.paths(new_root)) == expected
    assert list_notes(shelf.trees, new_root) == dict.fromkeys(COMMITS, NOTE) | {first: OTHER}


def test_mixed_shapes_leave_no_second_note(shelf: Shelf) -> None:
    first = COMMITS[0]
    root = shelf.tree({shaped(first, 0): NOTE, shaped(first, 1): NOTE, shaped(first, 2): NOTE})
    assert shelf.paths(shelf.put(root, {first: OTHER})) == [shaped(first, 1)]
    assert shelf.put(root, {first: None}) == object_id("tree", b"")


def test_what_is_no_note_stays_and_is_not_listed(shelf: Shelf) -> None:
    first = COMMITS[0]
    strange = {"README": NOTE, f"{first[:2]}/README": NOTE, "zz/x": NOTE, "abc/x": NOTE, "ab": NOTE}
    root = shelf.tree(strange)
    new_root = shelf.put(root, {first: NOTE})
    assert set(shelf.paths(new_root)) == {*strange, shaped(first, 1)}
    assert list_notes(shelf.trees, new_root) == {first: NOTE}


def test_a_file_where_the_folder_belongs_gives_way(shelf: Shelf) -> None:
    first = COMMITS[0]
    root = shelf.put(shelf.tree({first[:2]: NOTE}), {first: NOTE})
    assert shelf.paths(root) == [shaped(first, 1)]


def test_the_commit_is_ours_and_unsigned() -> None:
    commit = notes_commit("c" * 40, "d" * 40, 1790000000, 3)
    assert commit.decode().splitlines() == [
        f"tree {'c' * 40}",
        f"parent {'d' * 40}",
        "author gitprov <gitprov@localhost> 1790000000 +0000",
        "committer gitprov <gitprov@localhost> 1790000000 +0000",
        "",
        "notes: 3 commits",
    ]
    assert b"parent" not in notes_commit("c" * 40, None, 0, 1)
