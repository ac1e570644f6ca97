"""Tree surgery on an imaginary object store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.errors import Code, StorageError
from gitprov.git.tree_editor import TreeEditor
from gitprov.gitraw.folder import Folder, parse_tree
from gitprov.gitraw.item import FILE, FOLDER, item_line, object_id

EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
A, B, C = "a" * 40, "b" * 40, "c" * 40
# Prefixes of one another, and characters on both sides of the slash.
PARTS = st.sampled_from(["a", "a-", "a.", "a0", "aa", "b", "-", "é", "\U0001f600", "z" * 60])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
OIDS = st.sampled_from([A, B, C])


class Shelf:
    """Trees by oid; remembers what was read."""

    def __init__(self, cached_bytes: int = 1_000_000) -> None:
        self.objects: dict[str, bytes] = {EMPTY: b""}
        self.reads: list[str] = []
        self.editor = TreeEditor(self.read, cached_bytes)

    def read(self, oid: str) -> bytes:
        self.reads.append(oid)
        return self.objects[oid]

    def add(self, root: str | None, files: dict[str, str]) -> str:
        new_root, made = self.editor.insert_files(root, files)
        self.keep(made)
        return new_root

    def unite(self, left: str, right: str) -> str:
        root, made = self.editor.union(left, right)
        self.keep(made)
        return root

    def keep(self, made: list[bytes]) -> None:
        for content in made:
            below = {oid for mode, _, oid in parse_tree(content) if mode == FOLDER}
            assert below <= self.objects.keys(), "a tree came before one that it names"
            self.objects[object_id("tree", content)] = content

    def oid(self, root: str, path: str) -> str | None:
        """Return the oid at a path."""
        found = self.editor.find(root, path)
        return None if found is None else found[1]

    def files(self, root: str, where: str = "") -> dict[str, str]:
        found = {}
        for mode, name, oid in parse_tree(self.objects[root]):
            path = where + name.decode()
            found.update(self.files(oid, f"{path}/") if mode == FOLDER else {path: oid})
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def refused(code: Code) -> pytest.RaisesExc[StorageError]:
    return pytest.raises(StorageError, check=lambda error: error.code is code)


def without_clashes(files: dict[str, str]) -> dict[str, str]:
    """Leave out files that stand where another one needs a folder."""
    folders = {path[:at] for path in files for at, c in enumerate(path) if c == "/"}
    return {path: oid for path, oid in files.items() if path not in folders}


def test_files_of_all_depths_are_found_again(shelf: Shelf) -> None:
    files = {"z": A, "a/b/c": B, "a/b/d": C, "a-x": A, "a.b": B, "a0": C}
    root = shelf.add(None, files)
    assert shelf.files(root) == files
    assert {path: shelf.oid(root, path) for path in files} == files
    assert shelf.editor.find(root, "z") == (FILE, A)


def test_a_folder_sorts_as_if_it_ended_in_a_slash(shelf: Shelf) -> None:
    root = shelf.add(None, {"a/x": A, "a-": A, "a.": A, "a0": A})
    assert [name for _, name, _ in parse_tree(shelf.objects[root])] == [b"a-", b"a.", b"a", b"a0"]


@pytest.mark.parametrize("path", ["nothing", "a/nothing", "a/b/c/below-a-file", "a/b/nothing", ""])
def test_what_is_not_there_is_none(shelf: Shelf, path: str) -> None:
    root = shelf.add(None, {"a/b/c": A})
    assert shelf.editor.find(root, path) is None


def test_a_folder_can_be_looked_up(shelf: Shelf) -> None:
    root = shelf.add(None, {"a/b/c": A})
    inner = shelf.oid(root, "a/b")
    assert inner is not None
    assert shelf.files(inner) == {"c": A}


def test_no_files_make_no_trees(shelf: Shelf) -> None:
    root = shelf.add(None, {"a": A})
    assert shelf.editor.insert_files(root, {}) == (root, [])
    assert shelf.editor.insert_files(None, {}) == (EMPTY, [b""])


@pytest.mark.parametrize(
    "files",
    [{"a/b": B}, {"a": B}, {"a/b/c": B}, {"f": B}, {"f/x": B}, {"x": A, "x/y": B}],
    ids=["same file", "file on folder", "through file", "file", "through top file", "among new"],
)
def test_nothing_is_ever_overwritten(shelf: Shelf, files: dict[str, str]) -> None:
    root = shelf.add(None, {"a/b": A, "f": A})
    with refused(Code.DUPLICATE):
        shelf.editor.insert_files(root, files)


@pytest.mark.parametrize("path", ["", "/", "a/", "/a", "a//b", "a\0b"])
def test_what_is_no_path_is_refused(shelf: Shelf, path: str) -> None:
    with refused(Code.TREE_FORM):
        shelf.editor.insert_files(None, {path: A})


def test_one_file_among_many_reads_each_folder_once(shelf: Shelf) -> None:
    root = shelf.add(None, {f"runs/{n % 7}/{n}": A for n in range(700)})
    fresh = Shelf()
    fresh.objects = shelf.objects
    new_root = fresh.add(root, {"runs/3/new": B})
    assert len(fresh.reads) == len(set(fresh.reads)) == 3
    fresh.add(new_root, {"runs/3/newer": B})
    assert len(fresh.reads) == 3, "trees just made are not read again"


def test_memory_is_bounded(shelf: Shelf) -> None:
    root = shelf.add(None, {f"{n}/x": A for n in range(100)})
    forgetful = Shelf(cached_bytes=200)
    forgetful.objects = shelf.objects
    for n in range(100):
        forgetful.editor.find(root, f"{n}/x")
    assert len(forgetful.editor._cache) < 10
    assert forgetful.editor._used <= 200 + len(shelf.objects[root])


@given(st.dictionaries(PATHS, OIDS, max_size=40), st.dictionaries(PATHS, OIDS, max_size=40))
def test_adding_in_two_steps_is_adding_at_once(
    first: dict[str, str], second: dict[str, str]
) -> None:
    both = without_clashes({**first, **second})
    early = {path: oid for path, oid in both.items() if path in first}
    late = {path: oid for path, oid in both.items() if path not in first}
    shelf = Shelf()
    at_once = shelf.add(None, both)
    assert shelf.files(at_once) == both
    assert shelf.add(shelf.add(None, early), late) == at_once


@given(st.dictionaries(PATHS, OIDS, max_size=40), st.data())
def test_a_union_is_exact(files: dict[str, str], data: st.DataObject) -> None:
    both = without_clashes(files)
    left = {path: oid for path, oid in both.items() if data.draw(st.booleans())}
    right = {
        path: oid for path, oid in both.items() if path not in left or data.draw(st.booleans())
    }
    shelf = Shelf()
    roots = shelf.add(None, left), shelf.add(None, right)
    united = shelf.unite(*roots)
    assert shelf.files(united) == {**left, **right}
    assert shelf.unite(*reversed(roots)) == united


def test_a_union_with_oneself_or_with_less_makes_nothing(shelf: Shelf) -> None:
    small = shelf.add(None, {"a/b": A})
    large = shelf.add(small, {"a/c": B, "d": C})
    assert shelf.editor.union(small, small) == (small, [])
    assert shelf.editor.union(small, large) == (large, [])
    assert shelf.editor.union(large, small) == (large, [])


@pytest.mark.parametrize("other", [{"a/b": B}, {"a": A}, {"a/b/c": A}])
def test_a_union_of_one_path_with_two_contents_is_refused(
    shelf: Shelf, other: dict[str, str]
) -> None:
    roots = shelf.add(None, {"a/b": A}), shelf.add(None, other)
    with refused(Code.MERGE_REWRITE):
        shelf.editor.union(*roots)


def test_a_union_of_two_modes_is_refused(shelf: Shelf) -> None:
    trees = [item_line(b"a", A, mode)[1] for mode in (FILE, b"100755")]
    shelf.objects.update({object_id("tree", tree): tree for tree in trees})
    with refused(Code.MERGE_REWRITE):
        shelf.editor.union(*(object_id("tree", tree) for tree in trees))


def test_a_union_of_bottomless_trees_is_refused(shelf: Shelf) -> None:
    roots = []
    for leaf in (A, B):
        line = item_line(b"leaf", leaf)[1]
        for _ in range(100):
            shelf.objects[object_id("tree", line)] = line
            line = item_line(b"d", object_id("tree", line), FOLDER)[1]
        shelf.objects[object_id("tree", line)] = line
        roots.append(object_id("tree", line))
    with refused(Code.TREE_FORM):
        shelf.editor.union(*roots)


LINE = b"100644 a\0" + bytes(20)


@pytest.mark.parametrize(
    "content",
    [
        LINE[:-1],
        LINE + b"x",
        b"x" + LINE,
        LINE + LINE,
        LINE.replace(b"a", b"b") + LINE,
        b"100644 \0" + bytes(20),
        b"100644 a/b\0" + bytes(20),
        b"100648 a\0" + bytes(20),
        b"1006440 a\0" + bytes(20),
        b"100644  a" + bytes(20),
    ],
)
def test_a_malformed_tree_is_refused(content: bytes) -> None:
    with refused(Code.TREE_FORM):
        parse_tree(content)


def test_names_may_hold_any_byte() -> None:
    name = bytes(n for n in range(1, 256) if n != ord("/"))
    line = item_line(name, A)[1]
    assert list(parse_tree(line)) == [(FILE, name, A)]


@given(st.dictionaries(st.binary(min_size=1, max_size=3), st.none() | OIDS, max_size=30))
def test_few_and_many_changes_give_the_same_folder(changes: dict[bytes, str | None]) -> None:
    lines = dict(item_line(bytes([n]), A) for n in range(100, 120))
    folder = Folder(sorted(lines), [lines[key] for key in sorted(lines)])
    wanted = {key: None if oid is None else item_line(key, oid)[1] for key, oid in changes.items()}
    one_by_one = folder
    for key, line in wanted.items():
        one_by_one = one_by_one.replace({key: line})
    padded = {bytes([200, n]): None for n in range(10)} | wanted
    assert folder.replace(padded) == one_by_one
    assert sorted(one_by_one.keys) == list(one_by_one.keys)
