"""V8: raw tree objects, read strictly and never normalised."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RecordError
from gitprov.gitraw.item import FILE, FOLDER
from gitprov.gitraw.tree import NO_ITEMS, Tree, parse_tree

OID, OTHER = b"\x11" * 20, b"\x22" * 20


def line(name: bytes, oid: bytes = OID, mode: bytes = FILE) -> bytes:
    return mode + b" " + name + b"\0" + oid


def refusal(raw: bytes, like: Tree | None = None) -> Code:
    with pytest.raises(RecordError) as refused:
        parse_tree(raw, like)
    return refused.value.code


def test_a_tree_is_read_in_its_order() -> None:
    tree = parse_tree(line(b"a") + line(b"b", OTHER, FOLDER) + line(b"c"))
    assert list(tree.items()) == [(b"a", (FILE, OID)), (b"b", (FOLDER, OTHER)), (b"c", (FILE, OID))]
    assert (len(tree), list(tree), b"b" in tree, b"x" in tree) == (
        3,
        [b"a", b"b", b"c"],
        True,
        False,
    )
    assert tree[b"b"] == (FOLDER, OTHER)
    with pytest.raises(KeyError):
        tree[b"x"]


def test_folders_sort_as_if_their_names_ended_in_a_slash() -> None:
    good = line(b"a.b") + line(b"a", mode=FOLDER) + line(b"a0")
    assert list(parse_tree(good)) == [b"a.b", b"a", b"a0"]
    assert refusal(line(b"a", mode=FOLDER) + line(b"a.b")) is Code.TREE_FORM


def test_odd_object_ids_are_no_trouble() -> None:
    for oid in (b"\n" * 20, b"\0" * 19 + b"\x01", b"\xff" * 20, b"40000 x\0" + b"\0" * 12):
        assert parse_tree(line(b"a", oid))[b"a"] == (FILE, oid)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x",
        line(b"a")[:-1],
        line(b"a") + b"x",
        b"x" + line(b"a"),
        line(b"a") + b"x" + line(b"b"),
        line(b"a", b"\0" * 20),
        line(b"a") + line(b"b", b"\0" * 20),
        line(b""),
        line(b"a/b"),
        line(b"a") + line(b"a"),
        line(b"a") + line(b"a", OTHER, FOLDER),
        line(b"b") + line(b"a"),
        *(line(b"a", mode=mode) for mode in (b"040000", b"100755", b"120000", b"160000", b"777")),
        *(line(b"a", mode=mode) for mode in (b"100664", b"0100644", b"", b"8", b"+40000")),
        line(b"a").replace(b" ", b"\t"),
        line(b"a").replace(b"\0", b" "),
    ],
    ids=repr,
)
def test_any_other_form_is_refused(raw: bytes) -> None:
    assert refusal(raw) is Code.TREE_FORM


def test_the_reason_names_what_is_wrong() -> None:
    for raw, word in (
        (line(b"a", mode=b"120000"), "mode 120000"),
        (line(b"a", b"\0" * 20), "null object id"),
        (line(b"a")[:-1], "read to its end"),
        (line(b"a") * 2, "repeated or not in order"),
        (b"", "empty"),
    ):
        with pytest.raises(RecordError, match=word):
            parse_tree(raw)


def many(count: int, mode: bytes = FILE, oid: bytes = OID) -> bytes:
    return b"".join(line(b"%04d.yaml" % number, oid, mode) for number in range(count))


def test_a_long_tree_is_looked_up_in_place() -> None:
    like = parse_tree(many(100))
    tree = parse_tree(many(99) + line(b"0099.yaml", OTHER), like)
    assert tree[b"0099.yaml"] == (FILE, OTHER)
    assert tree[b"0000.yaml"] == (FILE, OID)
    assert (len(tree), b"0100.yaml" in tree) == (100, False)
    middle = parse_tree(many(100).replace(line(b"0050.yaml"), line(b"0050.yaml", OTHER)), like)
    assert len(middle) == 100
    assert middle[b"0050.yaml"] == (FILE, OTHER)
    with pytest.raises(KeyError):
        middle[b"005"]
    assert middle.differences(like) == (
        {b"0050.yaml": (FILE, OTHER)},
        {b"0050.yaml": (FILE, OID)},
    )
    assert list(middle) == list(like)


@pytest.mark.parametrize(
    "raw",
    [
        many(99) + line(b"0099.yaml", b"\0" * 20),
        many(100) + line(b"0099.yaml"),
        many(100) + line(b"0050.yaml"),
        many(100) + line(b"0099.yaml", OID, FOLDER) + line(b"0099.yaml", OTHER, FOLDER),
        many(100) + line(b"0100.yaml", mode=b"100755"),
        many(100)[:-1],
        many(100) + b"x",
        many(100, b"100600"),
        many(50) + line(b"0049.yaml") + many(100)[50 * 37 :],
        many(100).replace(line(b"0050.yaml"), line(b"0051.yaml")),
        many(100).replace(line(b"0050.yaml"), line(b"0050.yaml", b"\0" * 20)),
        many(100).replace(line(b"0050.yaml"), line(b"00/0.yaml")),
        b"",
    ],
)
def test_a_similar_tree_helps_no_bad_one(raw: bytes) -> None:
    assert refusal(raw, parse_tree(many(100))) is Code.TREE_FORM
    helped = parse_tree(many(101), parse_tree(many(100)))
    assert refusal(raw, helped) is Code.TREE_FORM


def test_a_similar_tree_of_another_frame_is_read_on_its_own() -> None:
    like = parse_tree(many(100))
    middle = parse_tree(many(100).replace(line(b"0050.yaml"), line(b"0050.yaml", OTHER)), like)
    uneven = many(100).replace(
        line(b"0050.yaml") + line(b"0051.yaml"), line(b"0050.yam") + line(b"0051.yamll")
    )
    folders = b"".join(line(b"%04d.yamlx" % number, OID, FOLDER) for number in range(100))
    longer = many(100).replace(line(b"0050.yaml"), line(b"0050.yaml", OTHER))
    for raw in (uneven, folders, longer + line(b"0100", OID, FOLDER), longer + line(b"0100.yaml")):
        assert dict(parse_tree(raw, middle).items()) == dict(parse_tree(raw).items())
    assert refusal(longer + line(b"0099.yaml", OID, FOLDER), middle) is Code.TREE_FORM


def test_what_was_read_by_one_tree_is_compared_with_any() -> None:
    one = parse_tree(many(100))
    two = parse_tree(many(101), one)
    three = parse_tree(many(102), two)
    assert three.differences(two) == ({b"0101.yaml": (FILE, OID)}, {})
    assert set(three.differences(one)[0]) == {b"0100.yaml", b"0101.yaml"}
    assert one.differences(three) == ({}, three.differences(one)[0])
    assert three.differences(NO_ITEMS) == (dict(three.items()), {})
    assert NO_ITEMS.differences(three) == ({}, dict(three.items()))
