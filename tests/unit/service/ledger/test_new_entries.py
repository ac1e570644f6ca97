"""What an update brings is found without a look at the whole ledger."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.commit import unsigned_commit
from gitprov.codec.message import render_message
from gitprov.errors import Code, StorageError
from gitprov.model.entry import Trailers
from gitprov.service.ledger.new_entries import NewEntries, find_new_entries
from gitprov.service.ledger.topology import walk
from gitprov.service.ledger.view import LedgerView
from tests.support.raw_objects import object_id

LEDGER = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
Graph = Mapping[str, tuple[str, ...]]


class Commits:
    """Commits in memory that claim the heights they have, or others."""

    def __init__(self, graph: Graph, claims: Mapping[str, int] | None = None) -> None:
        self.oids: dict[str, str] = {}
        self.heights: dict[str, int] = {}
        self.read_oids: list[str] = []
        self._raw: dict[str, bytes] = {}
        for name, parents in graph.items():
            height = 1 + max((self.heights[p] for p in parents), default=-1)
            self.heights[name] = height
            claimed = Trailers(LEDGER, (claims or {}).get(name, height), "0" * 64, 1)
            message = render_message([], claimed, object_id("blob", name.encode()))
            above = tuple(self.oids.get(p, "12" * 20) for p in parents)
            raw = unsigned_commit("a" * 40, above, ("A", "a@x"), 1, message)
            self.add(name, raw)

    def add(self, name: str, raw: bytes) -> None:
        """Add any commit."""
        self.oids[name] = object_id("commit", raw)
        self._raw[self.oids[name]] = raw

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return a commit."""
        self.read_oids.append(oid)
        if oid not in self._raw:
            raise StorageError(Code.STORE_CORRUPT, "gone")
        return "commit", self._raw[oid][:limit]

    def find(self, old: str | None, new: str) -> NewEntries:
        view = LedgerView(self, None)  # type: ignore[arg-type]  # no certificate is read
        return find_new_entries(view, self.oids[old] if old else None, self.oids[new])

    def names(self, found: NewEntries) -> str:
        by_oid = {oid: name for name, oid in self.oids.items()}
        return "".join(by_oid.get(found.topology.oid(p), "?") for p in found.positions)


LINE: Graph = {"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("d",)}


def test_a_line_brings_its_last_entries() -> None:
    commits = Commits(LINE)
    found = commits.find("c", "e")
    assert (commits.names(found), found.is_forward) == ("de", True)
    assert commits.oids["a"] not in commits.read_oids


def test_without_a_ledger_everything_is_new() -> None:
    commits = Commits(LINE)
    found = commits.find(None, "c")
    assert (commits.names(found), found.is_forward) == ("abc", True)


def test_nothing_new_and_nothing_forward() -> None:
    commits = Commits(LINE)
    assert commits.names(commits.find("c", "c")) == ""
    assert commits.find("c", "c").is_forward
    back = commits.find("d", "b")
    assert (commits.names(back), back.is_forward) == ("", False)


def test_an_entry_beside_the_tip_is_not_forward() -> None:
    commits = Commits({**LINE, "x": ("b",)})
    found = commits.find("e", "x")
    assert (commits.names(found), found.is_forward) == ("x", False)


def test_the_old_tip_as_a_second_parent_is_not_forward() -> None:
    commits = Commits({**LINE, "x": ("b",), "m": ("x", "e")})
    found = commits.find("e", "m")
    assert (commits.names(found), found.is_forward) == ("xm", False)


def test_a_foreign_root_is_new() -> None:
    commits = Commits({**LINE, "r": (), "s": ("r",), "m": ("e", "s")})
    found = commits.find("e", "m")
    assert (commits.names(found), found.is_forward) == ("rsm", True)
    alone = commits.find("e", "s")
    assert (commits.names(alone), alone.is_forward) == ("rs", False)


def test_a_parent_that_is_not_there_is_left_to_the_walk() -> None:
    commits = Commits(LINE)
    raw = unsigned_commit("a" * 40, (commits.oids["e"], "12" * 20), ("A", "a@x"), 1, "x\n")
    commits.add("x", raw)
    found = commits.find("e", "x")
    assert commits.names(found) == "?x"
    assert set(found.topology.unreadable) == {"12" * 20}


def test_a_false_height_does_not_send_the_search_to_the_bottom() -> None:
    long = {f"{number}": (f"{number - 1}",) if number else () for number in range(300)}
    graph = {**long, "x": ("299",), "y": ("x",)}
    for claimed in (0, 1, 10**12):
        commits = Commits(graph, {"x": claimed})
        found = commits.find("299", "y")
        assert [found.topology.oid(p) for p in found.positions] == [
            commits.oids["x"],
            commits.oids["y"],
        ]
        assert len(set(commits.read_oids)) < 10


@st.composite
def updates(draw: st.DrawFn) -> tuple[Graph, str, str]:
    """Draw a graph with an old and a new tip."""
    letters = "abcdefghijkl"[: draw(st.integers(1, 12))]
    graph: dict[str, tuple[str, ...]] = {"a": ()}
    for number, letter in enumerate(letters[1:], 1):
        earlier = st.sampled_from(letters[:number])
        graph[letter] = tuple(draw(st.lists(earlier, min_size=1, max_size=2, unique=True)))
    return graph, draw(st.sampled_from(letters)), draw(st.sampled_from(letters))


def behind(graph: Graph, tip: str) -> set[str]:
    return {tip}.union(*(behind(graph, parent) for parent in graph[tip]))


@given(updates())
def test_it_finds_what_a_whole_walk_finds(update: tuple[Graph, str, str]) -> None:
    graph, old, new = update
    commits = Commits(graph)
    found = commits.find(old, new)
    assert set(commits.names(found)) == behind(graph, new) - behind(graph, old)
    spine = [new]
    while graph[spine[-1]]:
        spine.append(graph[spine[-1]][0])
    assert found.is_forward is (old in spine)
    links = {commits.oids[name]: tuple(commits.oids[p] for p in graph[name]) for name in graph}
    whole, part = walk(links.__getitem__, commits.oids[new]), found.topology
    places = {whole.oid(position): position for position in range(len(whole))}
    for position in found.positions:
        there = places[part.oid(position)]
        assert (position in part.related) is (there in whole.related)
        acceptor = part.oid(part.accepted_by[position])
        assert acceptor == whole.oid(whole.accepted_by[there])
        for mine, theirs in ((part.first, whole.first), (part.second, whole.second)):
            parent = part.oid(mine[position]) if mine[position] >= 0 else None
            assert parent == (whole.oid(theirs[there]) if theirs[there] >= 0 else None)
