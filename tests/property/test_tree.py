"""Whatever a tree is read with the help of, it says what a plain reading says (V8)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitprov.errors import Code, RecordError
from gitprov.gitraw.tree import NO_ITEMS, Tree, parse_tree

Row = tuple[bytes, bytes, bytes]

NAMES = st.sampled_from([b"a", b"a.", b"a0", b"b", b"b-", b"c", *(b"%02d" % n for n in range(60))])
MODES = st.sampled_from([b"40000", b"100644", b"100644", b"100644", b"100755", b"040000"])
OIDS = st.sampled_from([bytes([n]) * 20 for n in (0, 1, 2, 0x20)] + [b"40000 x\0" + b"\1" * 12])
ROWS = st.tuples(MODES, NAMES, OIDS)
LONG = [(b"100644", b"%02d" % number, b"\x07" * 20) for number in range(40)]


def raw_of(rows: list[Row]) -> bytes:
    return b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in rows)


def plain(raw: bytes) -> dict[bytes, tuple[bytes, bytes]] | None:
    """Read a tree line by line; None if it is not in the one form."""
    found: list[tuple[bytes, bytes, bytes]] = []
    while raw:
        head, nul, rest = raw.partition(b"\0")
        mode, space, name = head.partition(b" ")
        oid, raw = rest[:20], rest[20:]
        if mode not in {b"40000", b"100644"} or not space or not nul or b"/" in name or not name:
            return None
        if len(oid) < 20 or not any(oid):
            return None
        found.append((name + b"/" * (mode == b"40000"), name, mode + oid))
    keys = [key for key, _, _ in found]
    names = {name for _, name, _ in found}
    if not found or keys != sorted(keys) or len(names) != len(found):
        return None
    return {name: (both[:-20], both[-20:]) for _, name, both in found}


def read(raw: bytes, like: Tree | None) -> Tree | None:
    try:
        return parse_tree(raw, like)
    except RecordError as reason:
        if reason.code is not Code.TREE_FORM:
            raise
        return None


def check_against_plain(raw: bytes, like: Tree | None) -> Tree | None:
    """Hold a reading against the plain one; return it."""
    expected, tree = plain(raw), read(raw, like)
    if expected is None:
        assert tree is None
        return None
    assert tree is not None
    assert {name: tree.get(name) for name in expected} == expected
    assert len(tree) == len(expected)
    assert [name for name in (b"", b"a", b"b", b"07", b"zz") if name in tree] == [
        name for name in (b"", b"a", b"b", b"07", b"zz") if name in expected
    ]
    before = NO_ITEMS if like is None else like
    mine, theirs = tree.differences(before)
    known = dict(before.items())
    assert mine == dict(expected.items() - known.items())
    assert theirs == dict(known.items() - expected.items())
    assert dict(tree.items()) == expected
    return tree


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check_against_plain(raw, None)


@given(st.lists(ROWS, max_size=6))
def test_any_lines_are_read_or_refused(rows: list[Row]) -> None:
    check_against_plain(raw_of(rows), None)
    in_order = sorted(rows, key=lambda row: row[1] + b"/" * (row[0] == b"40000"))
    check_against_plain(raw_of(in_order), None)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["append", "insert", "replace", "remove", "oid", "cut", "noise"]),
        st.integers(0, 50),
        ROWS,
    ),
    min_size=1,
    max_size=6,
)


@given(st.lists(ROWS, max_size=3), st.booleans(), EDITS)
def test_a_history_of_trees_is_read_step_by_step(
    rows: list[Row],
    start_long: bool,
    edits: list[tuple[str, int, Row]],
) -> None:
    content = list(LONG) if start_long else rows
    like = check_against_plain(raw_of(content), None)
    for what, at, row in edits:
        changed = list(content)
        place = at % (len(changed) or 1)
        if what == "append":
            changed.append(row)
        elif what == "insert":
            changed.insert(place, row)
        elif changed and what == "remove":
            del changed[place]
        elif changed and what == "replace":
            changed[place] = row
        elif changed and what == "oid":
            changed[-1] = (*changed[-1][:2], row[2])
        raw = raw_of(changed)
        if what == "cut":
            raw = raw[: len(raw) - at]
        elif what == "noise":
            raw = raw[:at] + row[2] + raw[at:]
        tree = check_against_plain(raw, like)
        if tree is not None and what not in {"cut", "noise"}:
            like, content = tree, changed
