"""Raw Git tree objects, read strictly and never normalised (step V8).

A folder of records has items of one length, so a tree that differs from a known one in a few
items is compared by its bytes: what both begin and end with is neither parsed nor judged again.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping

from gitprov.errors import Code, RecordError

FOLDER = b"40000"
FILE = b"100644"
TREE_LIMIT = 32 * 1024 * 1024

# The raw mode, and the 20 raw bytes of the object id.
Item = tuple[bytes, bytes]

_NULL = bytes(20)
# Below this many bytes a full parse costs no more than finding out what differs.
_SMALL = 1024
_ITEM = re.compile(rb"([0-7]{1,8}) ([^\0/]+)\0(.{20})", re.DOTALL)


def _refuse(reason: str) -> RecordError:
    return RecordError(Code.TREE_FORM, f"a tree object is not in the one form: {reason}")


def _parse(raw: bytes) -> dict[bytes, Item]:
    items: dict[bytes, Item] = {}
    keys: list[bytes] = []
    end = 0
    for match in _ITEM.finditer(raw):
        if match.start() != end:
            break
        mode, name, oid = match.groups()
        end = match.end()
        if mode == FOLDER:
            keys.append(name + b"/")
        elif mode == FILE:
            keys.append(name)
        else:
            raise _refuse(f"mode {mode.decode()} at {name!r}; only 100644 and 40000 are allowed")
        if oid == _NULL:
            raise _refuse(f"the null object id at {name!r}")
        items[name] = (mode, oid)
    if end != len(raw):
        raise _refuse("it cannot be read to its end")
    if len(items) != len(keys) or keys != sorted(keys):
        raise _refuse("names are repeated or not in order")
    return items


class Tree(Mapping[bytes, Item]):
    """A valid tree: name -> (raw mode, raw object id), in Git's order.

    Args:
        raw: its bytes.
        items: the parsed items; None if they are not parsed yet.
        stride: the length of every item where they all have the same mode and length, else 0.
    """

    __slots__ = ("_items", "_raw", "_stride")

    def __init__(self, raw: bytes, items: dict[bytes, Item] | None, stride: int) -> None:
        self._raw = raw
        self._items = items
        self._stride = stride

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
        if not stride or len(raw) <= _SMALL or len(raw) % stride:
            return None
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

    def differences(self, before: Tree) -> tuple[dict[bytes, Item], dict[bytes, Item]]:
        """Return the items that only this tree has, and those that only ``before`` has.

        An item that changed stands in both.
        """
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
    first = raw[:length]
    name = next(iter(items))
    same = all(len(n) == len(name) and i[0] == items[name][0] for n, i in items.items())
    return length if same and len(first) * len(items) == len(raw) else 0


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
