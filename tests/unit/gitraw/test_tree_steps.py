"""A tree that grew from another one is read by what is new; a bad one is refused anyway."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gitprov.errors import Code, RecordError
from gitprov.gitraw.item import FILE, FOLDER
from gitprov.gitraw.tree import Item, Tree, parse_tree

OLD, NEW = b"\x01" * 20, b"\x02" * 20
NULL = bytes(20)


def item(name: bytes, oid: bytes = OLD, mode: bytes = FILE) -> bytes:
    return b"%b %b\0%b" % (mode, name, oid)


def record(number: int, oid: bytes = OLD) -> bytes:
    return item(b"%04d.yaml" % number, oid)


SHORT = item(b"keys", OLD, FOLDER) + item(b"ledger.yaml") + item(b"runs", OLD, FOLDER)
LONG = b"".join(map(record, range(100)))


def differing(tree: Tree, before: Tree) -> tuple[Mapping[bytes, Item], Mapping[bytes, Item]]:
    """Return the differences, which must be those of two trees that were read on their own."""
    found = tree.differences(before)
    alone = parse_tree(bytes(tree._raw)), parse_tree(bytes(before._raw))
    assert found == alone[0].differences(alone[1])
    assert dict(tree.items()) == dict(alone[0].items())
    return found


@pytest.mark.parametrize("before", [SHORT, LONG])
def test_another_last_object_id(before: bytes) -> None:
    old = parse_tree(before)
    new = parse_tree(before[:-20] + NEW, old)
    mine, gone = differing(new, old)
    assert [oid for _, oid in mine.values()] == [NEW]
    assert [oid for _, oid in gone.values()] == [OLD]
    assert mine.keys() == gone.keys() == {list(old)[-1]}


def test_one_item_more() -> None:
    old = parse_tree(LONG)
    new = parse_tree(LONG + record(100, NEW), old)
    assert differing(new, old) == ({b"0100.yaml": (FILE, NEW)}, {})
    assert len(new) == 101
    assert new[b"0100.yaml"] == (FILE, NEW)
    assert new[b"0007.yaml"] == (FILE, OLD)


def test_several_steps_one_after_the_other() -> None:
    trees, raw = [parse_tree(record(0))], record(0)
    for number in range(1, 200):
        raw += record(number)
        trees.append(parse_tree(raw, trees[-1]))
    assert list(trees[-1]) == [b"%04d.yaml" % number for number in range(200)]
    assert trees[-1].differences(trees[-3])[0].keys() == {b"0198.yaml", b"0199.yaml"}


def test_what_is_told_cannot_change_the_tree() -> None:
    old = parse_tree(SHORT)
    new = parse_tree(SHORT[:-20] + NEW, old)
    for told in new.differences(old):
        told.clear()
    assert differing(new, old) == ({b"runs": (FOLDER, NEW)}, {b"runs": (FOLDER, OLD)})


@pytest.mark.parametrize("more", [item(b"states", NEW, FOLDER), item(b"s") + item(b"t", NEW)])
def test_an_item_of_another_shape_behind(more: bytes) -> None:
    old = parse_tree(SHORT)
    assert differing(parse_tree(SHORT + more, old), old)[1] == {}
    files = parse_tree(LONG)
    assert differing(parse_tree(LONG + more, files), files)[1] == {}


def test_the_same_tree_again() -> None:
    old = parse_tree(LONG)
    assert differing(parse_tree(LONG, old), old) == ({}, {})


@pytest.mark.parametrize("before", [SHORT, LONG])
@pytest.mark.parametrize(
    "more",
    [
        item(b"0"),  # before the last one
        item(b"zz", NULL),
        item(b"zz", mode=b"100755"),
        item(b"zz") + item(b"zy"),
        item(b"zz")[:-1],
        b"?",
    ],
    ids=["order", "null", "mode", "order-behind", "short", "noise"],
)
def test_a_bad_item_behind_is_refused(before: bytes, more: bytes) -> None:
    with pytest.raises(RecordError) as caught:
        parse_tree(before + more, parse_tree(before))
    assert caught.value.code == Code.TREE_FORM


@pytest.mark.parametrize("before", [SHORT, LONG])
def test_a_null_last_object_id_is_refused(before: bytes) -> None:
    with pytest.raises(RecordError, match="null object id"):
        parse_tree(before[:-20] + NULL, parse_tree(before))


def test_a_name_that_is_there_as_a_file_is_refused_as_a_folder() -> None:
    before = item(b"a") + item(b"a.b")
    with pytest.raises(RecordError, match="repeated"):
        parse_tree(before + item(b"a", NEW, FOLDER), parse_tree(before))


def test_zeros_that_are_no_object_id_are_allowed() -> None:
    tree = parse_tree(item(b"a", bytes(19) + b"\x01") + item(b"b", b"\x01" + bytes(19)))
    assert list(tree) == [b"a", b"b"]
