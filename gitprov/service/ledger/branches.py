"""The entries of a merge that only its further parents reach; pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Sequence

Parents = Callable[[str], tuple[str, ...]]
"""Object id of an entry -> its parents."""


def newly_reachable(
    parents: Sequence[str], parents_of: Parents, height_of: Callable[[str], int]
) -> tuple[set[str], bool]:
    """Tell what a merge's further parents reach and its first parent does not.

    The search goes from great heights to small ones and ends where both sides have met.

    Args:
        parents: of the merge, the first one first.
        parents_of: object id -> parents.
        height_of: object id -> the height that the entry claims.

    Returns:
        Those entries, and whether the first parent is an ancestor of one of them.
    """
    first, *others = parents
    sides = dict.fromkeys(others, True)
    is_old = first in sides
    sides[first] = False
    heap = [(-height_of(oid), oid) for oid in sides]
    heapq.heapify(heap)
    waiting = sum(sides.values())
    found: set[str] = set()
    while waiting:
        _, oid = heapq.heappop(heap)
        is_new = sides[oid]
        if is_new:
            waiting -= 1
            found.add(oid)
        for parent in parents_of(oid):
            is_old = is_old or (is_new and parent == first)
            known = sides.get(parent)
            if known is None:
                sides[parent] = is_new
                waiting += is_new
                heapq.heappush(heap, (-height_of(parent), parent))
            elif known and not is_new:
                sides[parent] = False
                waiting -= parent not in found
                found.discard(parent)
    return found, is_old


def parents_first(starts: Sequence[str], within: Collection[str], parents_of: Parents) -> list[str]:
    """Order entries so that each comes behind its parents, a first parent's line first.

    Args:
        starts: where to begin.
        within: the entries to order; others are passed over.
        parents_of: object id -> parents.
    """
    ordered: list[str] = []
    seen: set[str] = set()
    stack = [(oid, False) for oid in reversed(starts)]
    while stack:
        oid, is_done = stack.pop()
        if is_done:
            ordered.append(oid)
        elif oid in within and oid not in seen:
            seen.add(oid)
            stack.append((oid, True))
            stack += [(parent, False) for parent in reversed(parents_of(oid))]
    return ordered
