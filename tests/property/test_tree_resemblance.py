"""A tree read with the help of a similar one is the tree read on its own (V8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.errors import RecordError
from gitprov.gitraw.tree import NO_ITEMS, Tree, parse_tree

NAMES = st.sets(st.integers(0, 99).map(lambda n: b"%02d.yaml" % n), min_size=1)
OIDS = st.sampled_from([bytes([n]) * 20 for n in (1, 2, 0x20, 0x30, 0xFF)])
TREES = NAMES.flatmap(lambda names: st.fixed_dictionaries(dict.fromkeys(sorted(names), OIDS)))
MODES = st.sampled_from([b"100644", b"40000"])


def raw_tree(items: dict[bytes, bytes], mode: bytes) -> bytes:
    return b"".join(b"%s %s\0%s" % (mode, name, oid) for name, oid in sorted(items.items()))


@given(TREES, TREES, MODES, MODES)
def test_a_similar_tree_changes_nothing_but_the_work(
    old: dict[bytes, bytes], new: dict[bytes, bytes], old_mode: bytes, new_mode: bytes
) -> None:
    before = parse_tree(raw_tree(old, old_mode))
    alone = parse_tree(raw_tree(new, new_mode))
    helped = parse_tree(raw_tree(new, new_mode), before)
    assert [helped.get(name) for name in alone] == list(dict(alone.items()).values())
    assert helped.get(b"xx.yaml") is None
    assert len(helped) == len(new)
    mine, theirs = helped.differences(before)
    assert mine == dict(alone.items() - before.items())
    assert theirs == dict(before.items() - alone.items())
    assert dict(helped.items()) == dict(alone.items())


@given(TREES, st.binary(min_size=0, max_size=90), st.integers(0, 300), st.integers(0, 60))
def test_a_damaged_tree_is_refused_with_and_without_help(
    items: dict[bytes, bytes], noise: bytes, at: int, cut: int
) -> None:
    good = raw_tree(items, b"100644")
    damaged = good[:at] + noise + good[at + cut :]
    like = parse_tree(good)
    assert _outcome(damaged, like) == _outcome(damaged, None)


def _outcome(raw: bytes, like: Tree | None) -> object:
    try:
        return dict(parse_tree(raw, like).items())
    except RecordError as reason:
        return reason.code


def test_an_empty_tree_is_refused_and_no_items_is_empty() -> None:
    with pytest.raises(RecordError):
        parse_tree(b"")
    assert len(NO_ITEMS) == 0
    assert b"x" not in NO_ITEMS
