"""Raw Git tree objects, read strictly and never normalised (step V8).

Most trees of a ledger differ from the tree before in their last item only, or by what follows
it; those are read by that alone. A folder of records has items of one length, so a long tree that
differs elsewhere is compared by its bytes: what both begin and end with is neither parsed nor
judged again.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping
from itertools import chain

from gitprov.errors import Code, RecordError
from gitprov.gitraw.item import FILE, FOLDER, sort_key

# The raw mode, and the 20 raw bytes of the object id.
Item = tuple[bytes, bytes]
# The raw bytes of the tree that a tree was read by, the items only here, the items only there.
_Step = tuple[bytes, dict[bytes, Item], dict[bytes, Item]]

_NULL = bytes(20)
# Below this many bytes a full parse costs no more than finding out what differs.
_SMALL = 1024
_GOOD_ITEM = re.compile(rb"(40000|100644) ([^\0/]+)\0(.{20})", re.DOTALL)
_ITEM = re.compile(rb"([0-7]{1,8}) ([^\0/]+)\0(.{20})", re.DOTALL)


def _refuse(reason: str) -> RecordError:
    return RecordError(Code.TREE_FORM, f"a tree object is not in the one form: {reason}")


def _parse(raw: bytes) -> dict[bytes, Item]:
    found = _GOOD_ITEM.findall(raw)
    # Bytes between two matches are missing from the sum.
    if len(b"".join(chain.from_iterable(found))) + 2 * len(found) != len(raw):
        raise _fault(raw)
    items: dict[bytes, Item] = {name: (mode, oid) for mode, name, oid in found}
    keys = [sort_key(name, mode) for mode, name, _ in found]
    if len(items) != len(keys) or keys != sorted(keys):
        raise _fault(raw)
    if _NULL in raw and any(oid == _NULL for _, _, oid in found):
        raise _fault(raw)
    return items


def _fault(raw: bytes) -> RecordError:
    """Say what is wrong with a tree, item by item."""
    end = 0
    for match in _ITEM.finditer(raw):
        if match.start() != end:
            break
        mode, name, oid = match.groups()
        end = match.end()
        if mode not in (FOLDER, FILE):
            return _refuse(f"mode {mode.decode()} at {name!r}; only 100644 and 40000 are allowed")
        if oid == _NULL:
            return _refuse(f"the null object id at {name!r}")
    if end != len(raw):
        return _refuse("it cannot be read to its end")
    return _refuse("names are repeated or not in order")


class Tree(Mapping[bytes, Item]):
    """A valid tree: name -> (raw mode, raw object id), in Git's order.

    Args:
        items: the parsed items; None if they are not parsed yet.
        stride: the length of every item where they all have the same mode and length, else 0.
        step: how it differs from the tree by which it was read.
    """

    __slots__ = ("_items", "_raw", "_step", "_stride")

    def __init__(
        self, raw: bytes, items: dict[bytes, Item] | None, stride: int, step: _Step | None = None
    ) -> None:
        self._raw = raw
        self._items = items
        self._stride = stride
        self._step = step

    def _all(self) -> dict[bytes, Item]:
        if self._items is None:
            self._items = _parse(self._raw)
        return self._items

    def __getitem__(self, name: bytes) -> Item:
        if self._items is not None:
            return self._items[name]
        # Items of one mode and length sort as their bytes do: look the name up in place.
        stride = self._stride
        mode = self._raw[: self._raw.index(b" ")]
        wanted = mode + b" " + name + b"\0"
        low, high = 0, len(self._raw) // stride
        while low < high:
            middle = (low + high) // 2
            at = middle * stride
            found = self._raw[at : at + stride - 20]
            if found == wanted:
                return mode, self._raw[at + stride - 20 : at + stride]
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        raise KeyError(name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._all())

    def __len__(self) -> int:
        if self._items is None:
            return len(self._raw) // self._stride
        return len(self._items)

    def items(self) -> ItemsView[bytes, Item]:
        """Return every (name, (mode, object id))."""
        return self._all().items()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, bytes) and self.get(name) is not None

    def read_similar(self, raw: bytes) -> Tree | None:
        """Read another tree, judging only what differs from this valid one.

        Returns:
            None where the two have no common frame, or what differs is not in the one form.
        """
        stride = self._stride
        known = self._read_step(raw)
        if known is not None or not stride or len(raw) <= _SMALL or len(raw) % stride:
            return known
        start, end = _shared(raw, self._raw, stride)
        # One item more on each side, so that the order across the seams is judged as well.
        first, last = max(0, start - stride), min(len(raw), len(raw) - end + stride)
        try:
            part = _parse(raw[first:last])
        except RecordError:
            return None
        if not part or _stride(raw[first:last], part) != stride:
            return None
        if raw[first : first + stride - 20].split(b" ")[0] != self._raw.split(b" ", 1)[0]:
            return None
        return Tree(raw, None, stride)

    def _read_step(self, raw: bytes) -> Tree | None:
        """Read a tree that has another last object id than this one, or more behind it."""
        before, stride = self._raw, self._stride
        if len(raw) < len(before) or not before or not raw.startswith(before[:-20]):
            return None
        name, old = self._last()
        if len(raw) == len(before):
            if raw[-20:] in (before[-20:], _NULL):
                return None
            mine, gone = {name: (old[0], raw[-20:])}, {name: old}
        else:
            mine, gone = self._read_behind(raw), {}
            if not mine:
                return None
            if (
                _stride(raw[len(before) :], mine) != stride
                or old[0] != next(iter(mine.values()))[0]
            ):
                stride = 0
        if self._items is not None:
            return Tree(raw, {**self._items, **mine}, stride, (before, mine, gone))
        return Tree(raw, None, stride, (before, mine, gone)) if stride else None

    def _read_behind(self, raw: bytes) -> dict[bytes, Item]:
        """Return the items that follow this tree's own; none if they are not in order."""
        if not raw.startswith(self._raw):
            return {}
        try:
            more = _parse(raw[len(self._raw) :])
        except RecordError:
            return {}
        name, item = self._last()
        first = next(iter(more))
        in_order = sort_key(name, item[0]) < sort_key(first, more[first][0])
        # Items of one mode and length are unique where they are in order.
        is_unique = self._items is None or self._items.keys().isdisjoint(more)
        return more if in_order and is_unique else {}

    def _last(self) -> tuple[bytes, Item]:
        if self._items is None:
            return next(iter(_parse(self._raw[-self._stride :]).items()))
        name = next(reversed(self._items))
        return name, self._items[name]

    def differences(self, before: Tree) -> tuple[dict[bytes, Item], dict[bytes, Item]]:
        """Return the items that only this tree has, and those that only ``before`` has.

        An item that changed is in both.
        """
        if self._step is not None and self._step[0] is before._raw:
            return dict(self._step[1]), dict(self._step[2])
        if self._stride and self._stride == before._stride and len(self._raw) > _SMALL:
            start, end = _shared(self._raw, before._raw, self._stride)
            mine = _parse(self._raw[start : len(self._raw) - end])
            theirs = _parse(before._raw[start : len(before._raw) - end])
        else:
            mine, theirs = self._all(), before._all()
        return dict(mine.items() - theirs.items()), dict(theirs.items() - mine.items())


NO_ITEMS = Tree(b"", {}, 0)


def parse_tree(raw: bytes, like: Tree | None = None) -> Tree:
    """Read a tree: modes 100644 and 40000 only, sorted as Git sorts, unique, not empty.

    Args:
        raw: the object.
        like: a valid tree that this one probably resembles, to save work.

    Raises:
        RecordError: GPV-400-TREE-FORM.
    """
    if not raw:
        raise _refuse("a folder is empty")
    known = None if like is None else like.read_similar(raw)
    if known is not None:
        return known
    items = _parse(raw)
    return Tree(raw, items, _stride(raw, items))


def _stride(raw: bytes, items: dict[bytes, Item]) -> int:
    length = len(raw) // len(items)
    if length * len(items) != len(raw):
        return 0
    shapes = {(len(name), item[0]) for name, item in items.items()}
    return length if len(shapes) == 1 else 0


def _shared(a: bytes, b: bytes, stride: int) -> tuple[int, int]:
    """How many bytes of whole items two trees begin and end with alike."""
    shortest = min(len(a), len(b))
    start = _prefix(a, b, shortest) // stride * stride
    low, high = 0, shortest - start
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return start, low // stride * stride


def _prefix(a: bytes, b: bytes, shortest: int) -> int:
    low, high = 0, shortest
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
