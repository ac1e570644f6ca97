"""V1 and V14: the shape of a ledger, walked by raw parent lines."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.errors import Code, StorageError
from gitprov.service.ledger import topology as module
from gitprov.service.ledger.topology import Topology, walk

Graph = Mapping[str, tuple[str, ...]]


def oid(name: str) -> str:
    return name.encode().hex().rjust(40, "0")


def walked(graph: Graph, tip: str, known: str = "", broken: str = "") -> Topology:
    """Walk a graph of one-letter entries; a broken one cannot be read."""
    links = {oid(name): tuple(map(oid, parents)) for name, parents in graph.items()}

    def read(entry: str) -> tuple[str, ...]:
        if entry in {oid(name) for name in broken} or entry not in links:
            raise StorageError(Code.STORE_CORRUPT, "gone")
        return links[entry]

    return walk(read, oid(tip), frozenset(map(oid, known)))


def names(topology: Topology) -> str:
    positions = range(len(topology))
    return "".join(bytes.fromhex(topology.oid(p)).lstrip(b"\0").decode() for p in positions)


def name_at(topology: Topology, position: int) -> str:
    return names(topology)[position] if position >= 0 else "-"


LINE: Graph = {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}
FORK: Graph = {"a": (), "b": ("a",), "c": ("a",), "d": ("c",), "m": ("b", "d"), "e": ("m",)}


def test_a_line_is_walked_from_its_genesis() -> None:
    topology = walked(LINE, "d")
    assert names(topology) == "abcd"
    assert list(topology.first) == [-1, 0, 1, 2]
    assert list(topology.second) == [-1] * 4
    assert list(topology.mainline()) == [0, 1, 2, 3]
    assert (topology.unreadable, topology.related) == ({}, set())


def test_a_merge_brings_its_branch_before_itself() -> None:
    topology = walked(FORK, "e")
    assert names(topology) == "abcdme"
    accepted = [name_at(topology, p) for p in topology.accepted_by]
    assert "".join(accepted) == "abmmme"
    assert [name_at(topology, p) for p in topology.mainline()] == list("abme")
    merge = names(topology).index("m")
    assert name_at(topology, topology.first[merge]) == "b"
    assert name_at(topology, topology.second[merge]) == "d"
    assert topology.related == set()


@pytest.mark.parametrize(
    ("merge", "related"),
    [
        (("c", "b"), True),
        (("b", "d"), True),
        (("d", "d"), True),
        (("d", "a"), True),
        (("d", "x"), False),
        (("x", "d"), False),
        (("x", "b"), False),
    ],
)
def test_parents_of_a_merge_are_no_ancestors_of_each_other(
    merge: tuple[str, str], *, related: bool
) -> None:
    graph = {**LINE, "x": ("a",), "m": merge, "t": ("m",)}
    topology = walked(graph, "t")
    assert (names(topology).index("m") in topology.related) is related


def test_a_merge_on_a_branch_is_judged_too() -> None:
    graph = {**FORK, "p": ("a",), "q": ("p",), "n": ("q", "p"), "t": ("e", "n")}
    topology = walked(graph, "t")
    assert [name_at(topology, p) for p in topology.related] == ["n"]
    backwards = {**FORK, "p": ("a",), "q": ("p",), "n": ("p", "q"), "t": ("e", "n")}
    topology = walked(backwards, "t")
    assert [name_at(topology, p) for p in topology.related] == ["n"]


def test_a_second_root_is_brought_in_like_any_entry() -> None:
    topology = walked({**LINE, "r": (), "s": ("r",), "m": ("d", "s")}, "m")
    assert names(topology) == "abcdrsm"
    assert list(topology.first)[4] == -1
    assert name_at(topology, topology.accepted_by[4]) == "m"


def test_a_merge_of_three_brings_both_branches() -> None:
    topology = walked({**LINE, "x": ("a",), "y": ("a",), "m": ("d", "x", "y")}, "m")
    assert sorted(names(topology)) == sorted("abcdxym")
    assert {name_at(topology, topology.accepted_by[names(topology).index(n)]) for n in "xy"} == {
        "m"
    }


def test_an_entry_that_cannot_be_read_ends_its_line() -> None:
    topology = walked(LINE, "d", broken="b")
    assert names(topology) == "bcd"
    assert {key: reason.code for key, reason in topology.unreadable.items()} == {
        oid("b"): Code.STORE_CORRUPT
    }
    topology = walked(FORK, "e", broken="d")
    assert names(topology) == "abdme"
    topology = walked({"m": ("x", "y")}, "m")
    assert names(topology) == "xym"
    assert set(topology.unreadable) == {oid("x"), oid("y")}


def test_a_circle_that_no_digest_allows_is_walked_once() -> None:
    topology = walked({**LINE, "x": ("y",), "y": ("x",), "m": ("d", "x")}, "m")
    assert sorted(names(topology)) == sorted("abcdxym")


def test_the_tip_may_be_unreadable() -> None:
    topology = walked({}, "a")
    assert (names(topology), list(topology.unreadable)) == ("a", [oid("a")])


def test_the_walk_stops_at_what_is_known() -> None:
    topology = walked(LINE, "d", known="ab")
    assert (names(topology), list(topology.first)) == ("cd", [-1, 0])
    assert names(walked(LINE, "d", known="d")) == ""
    topology = walked(FORK, "e", known="abc")
    assert names(topology) == "dme"


def test_a_long_line_needs_no_stack() -> None:
    count = 20_000
    ids = [f"{number:040x}" for number in range(count)]
    topology = walk(lambda entry: (ids[n - 1],) if (n := int(entry, 16)) else (), ids[-1])
    assert len(topology) == count
    branch = [f"{number:040x}" for number in range(count, 2 * count)]
    after = {new: (old,) for old, new in pairwise([ids[0], *branch])}
    links = {**{new: (old,) for old, new in pairwise(ids)}, **after, ids[0]: ()}
    links["f" * 40] = (ids[-1], branch[-1])
    topology = walk(links.__getitem__, "f" * 40)
    assert len(topology) == 2 * count + 1


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph whose entries name up to two earlier ones."""
    letters = "abcdefghijkl"[: draw(st.integers(1, 12))]
    graph: dict[str, tuple[str, ...]] = {"a": ()}
    for number, letter in enumerate(letters[1:], 1):
        earlier = st.sampled_from(letters[:number])
        parents = draw(st.lists(earlier, min_size=1, max_size=2, unique=True))
        graph[letter] = tuple(parents)
    return graph


def ancestors(graph: Graph, entry: str) -> set[str]:
    """Return an entry and everything behind it."""
    return {entry}.union(*(ancestors(graph, parent) for parent in graph[entry]))


@given(graphs())
def test_any_graph_is_walked_as_its_definition_says(graph: Graph) -> None:
    tip = max(graph)
    topology = walked(graph, tip)
    order = names(topology)
    assert sorted(order) == sorted(ancestors(graph, tip))
    spine = [tip]
    while graph[spine[-1]]:
        spine.append(graph[spine[-1]][0])
    assert [name_at(topology, p) for p in topology.mainline()] == spine[::-1]
    for position, entry in enumerate(order):
        parents = graph[entry]
        assert all(order.index(parent) < position for parent in parents)
        found = topology.first[position], topology.second[position]
        expected = [*(order.index(parent) for parent in parents), -1, -1]
        assert list(found) == expected[:2]
        acceptor = next(e for e in spine[::-1] if entry in ancestors(graph, e))
        assert name_at(topology, topology.accepted_by[position]) == acceptor
        if len(parents) > 1:
            one, two = (ancestors(graph, parent) for parent in parents)
            is_related = parents[0] in two or parents[1] in one
            assert (position in topology.related) is is_related


def merges_of_merges(count: int) -> dict[str, tuple[str, ...]]:
    """A branch of merges, each of a new entry on the genesis and everything before it."""
    links: dict[str, tuple[str, ...]] = {oid("g"): ()}
    last = oid("x")
    links[last] = links[oid("b")] = (oid("g"),)
    for number in range(count):
        leaf, merge = oid(f"l{number}"), oid(f"m{number}")
        links[leaf], links[merge] = (oid("g"),), (leaf, last)
        last = merge
    links[oid("tip")] = (oid("b"), last)
    return links


def test_merges_of_merges_take_no_time_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STEPS", 40)
    assert walk(merges_of_merges(30).__getitem__, oid("tip")).related == set()
    with pytest.raises(StorageError) as caught:
        walk(merges_of_merges(300).__getitem__, oid("tip"))
    assert caught.value.code is Code.LIMIT
