"""The shape of a ledger: walked from the tip by raw parent lines (steps V1 and V14)."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gitprov.errors import Code, GitprovError, StorageError

Links = Callable[[str], tuple[str, ...]]
_STEPS = 2_000
"""Steps of search for each entry that one mainline merge brings.

Whether one parent of a merge off the mainline is an ancestor of the other has to be searched for,
and merges of merges could be laid out so that every search meets every entry. Honest ones, made
between clones, need a few steps each.
"""


def _integers() -> array[int]:
    return array("i")


@dataclass(slots=True)
class Topology:
    """Every entry once, parents first, in the order of acceptance.

    Memory per entry: 20 bytes of id, a few integers, and one dict slot while walking.

    Args:
        oids: 20 raw bytes each, concatenated.
        first: position of the first parent, -1 for none or unreadable.
        second: position of the second parent, -1 for none.
        accepted_by: position of the mainline entry that accepted it; its own position on the
            mainline.
        unreadable: object ids that could not be read, and why.
        related: positions of merges one of whose parents is an ancestor of the other.
    """

    oids: bytearray = field(default_factory=bytearray)
    first: array[int] = field(default_factory=_integers)
    second: array[int] = field(default_factory=_integers)
    accepted_by: array[int] = field(default_factory=_integers)
    unreadable: dict[str, GitprovError] = field(default_factory=dict)
    related: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.first)

    def oid(self, position: int) -> str:
        """Return the object id (40 hex) at a position."""
        return self.oids[position * 20 : position * 20 + 20].hex()

    def is_mainline(self, position: int) -> bool:
        """Whether the entry is on the first-parent chain of the tip."""
        return self.accepted_by[position] == position

    def mainline(self) -> Iterator[int]:
        """Yield the mainline's positions, oldest first."""
        return (p for p in range(len(self)) if self.is_mainline(p))


class _Walk:
    """Builds the topology; object ids get a dict only if there is a merge to look them up for."""

    def __init__(self, links: Links, known: frozenset[str]) -> None:
        self._links = links
        self._known = known
        self._places: dict[bytes, int] = {}
        self._steps = 0
        self.topology = Topology()

    def parents(self, oid: str) -> tuple[str, ...]:
        try:
            return self._links(oid)
        except GitprovError as reason:
            self.topology.unreadable[oid] = reason
            return ()

    def spine(self, tip: str) -> tuple[bytearray, dict[int, tuple[str, ...]]]:
        """The first-parent chain from the tip down: its ids, and the other parents of merges."""
        oids = bytearray()
        others: dict[int, tuple[str, ...]] = {}
        oid = tip
        while oid not in self._known:
            parents = self.parents(oid)
            if len(parents) > 1:
                others[len(oids) // 20] = parents[1:]
            oids += bytes.fromhex(oid)
            if not parents:
                break
            oid = parents[0]
        return oids, others

    def place(self, oid: str) -> int:
        return self._places.get(bytes.fromhex(oid), -1)

    def add(self, raw: bytes, parents: tuple[int, int], *, indexed: bool) -> int:
        position = len(self.topology)
        if indexed:
            self._places[raw] = position
        self.topology.oids += raw
        self.topology.first.append(parents[0])
        self.topology.second.append(parents[1])
        self.topology.accepted_by.append(-1)
        return position

    def side(self, start: str) -> list[int]:
        """Add what is newly reachable from a second parent, parents first."""
        added = []
        stack: list[tuple[str, tuple[str, ...] | None]] = [(start, None)]
        opened: set[str] = set()
        while stack:
            oid, parents = stack.pop()
            if oid in self._known or self.place(oid) >= 0:
                continue
            if parents is not None:
                places = [*(self.place(p) for p in parents[:2]), -1, -1]
                added.append(self.add(bytes.fromhex(oid), (places[0], places[1]), indexed=True))
                continue
            if oid in opened:
                continue
            opened.add(oid)
            parents = self.parents(oid)
            stack.append((oid, parents))
            stack += [(p, None) for p in reversed(parents)]
        return added

    def allow(self, entries: int) -> None:
        """Begin with the merges of one set of entries: the search grows with the set, no faster."""
        self._steps = _STEPS * entries

    def is_related(self, merge: int, *, backwards: bool) -> bool:
        """Whether one parent of a merge is an ancestor of the other (V14).

        Args:
            merge: its position.
            backwards: whether the second may still be an ancestor of the first; on the
                mainline that is known without a search.
        """
        one, two = self.topology.first[merge], self.topology.second[merge]
        if one < 0 or two < 0:
            return False
        return self._reaches(two, one) or (backwards and self._reaches(one, two))

    def _reaches(self, start: int, goal: int) -> bool:
        if start < goal:
            return False  # parents come first
        stack, seen = [start], {start}
        while stack:
            at = stack.pop()
            if at == goal:
                return True
            self._steps -= 1
            if self._steps < 0:
                text = "merges of merges that take too long to follow; push them one by one"
                raise StorageError(Code.LIMIT, text)
            for parent in (self.topology.first[at], self.topology.second[at]):
                if parent >= goal and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False


def walk(links: Links, tip: str, known: frozenset[str] = frozenset()) -> Topology:
    """Walk a ledger from its tip.

    Args:
        links: object id -> the parents its raw header names; raises GitprovError.
        tip: where to start.
        known: object ids already judged; the walk stops there.

    Returns:
        Every newly reachable entry, parents first: the mainline in its order, and before each
        mainline merge what it accepted.

    Raises:
        StorageError: GPV-413-LIMIT, merges off the mainline that take too long to follow.
    """
    state = _Walk(links, known)
    topology = state.topology
    spine, others = state.spine(tip)
    position = -1
    for index in range(len(spine) // 20 - 1, -1, -1):
        side: list[int] = []
        is_old = False
        for parent in others.get(index, ()):
            # Placed before: an ancestor of the first parent, which it must not be.
            is_old = is_old or parent in known or state.place(parent) >= 0
            side += state.side(parent)
        second = state.place(others[index][0]) if index in others else -1
        raw = bytes(spine[index * 20 : index * 20 + 20])
        position = state.add(raw, (position, second), indexed=bool(others))
        state.allow(1 + len(side))
        for entry in (*side, position):
            topology.accepted_by[entry] = position
            backwards = entry != position
            if (is_old and not backwards) or state.is_related(entry, backwards=backwards):
                topology.related.add(entry)
    return topology
