"""Git objects written byte for byte, good or bad, as loose files: no library has a say."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

Item = tuple[bytes, bytes, str]
"""One line of a tree as it is there: mode, name, object id (40 hex)."""
FILE, FOLDER = b"100644", b"40000"


def object_id(kind: str, content: bytes) -> str:
    """Return the id that Git gives these bytes."""
    return hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(content), content)).hexdigest()  # noqa: S324 - Git's own


def tree_bytes(items: list[Item]) -> bytes:
    """Render a raw tree; nothing is sorted, checked or normalised."""
    return b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in items)


def tree_items(raw: bytes) -> list[Item]:
    """Take a well-formed raw tree apart."""
    items = []
    while raw:
        head, _, rest = raw.partition(b"\0")
        mode, _, name = head.partition(b" ")
        items.append((mode, name, rest[:20].hex()))
        raw = rest[20:]
    return items


def in_order(items: list[Item]) -> list[Item]:
    """Sort tree lines as Git does: folders as if their names ended in a slash."""
    return sorted(items, key=lambda item: item[1] + (b"/" if item[0] == FOLDER else b""))


class RawObjects:
    """A repository's loose objects, and a memory of everything written through it.

    Args:
        path: the bare repository.
        known: what another store has written into a repository that this one is a copy of.
    """

    def __init__(self, path: Path, known: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        self.path = path
        self.known = dict(known or {})

    def put(self, kind: str, content: bytes) -> str:
        """Write an object of any kind with any content; return its id."""
        oid = object_id(kind, content)
        if oid not in self.known:
            self.known[oid] = (kind, content)
            self.plant(oid, kind, content)
        return oid

    def plant(self, oid: str, kind: str, content: bytes) -> None:
        """Write content under an id that need not be its own."""
        file = self.file_of(oid)
        file.parent.mkdir(exist_ok=True)
        header = b"%s %d\0" % (kind.encode(), len(content))
        file.write_bytes(zlib.compress(header + content, 1))

    def file_of(self, oid: str) -> Path:
        """Return where an object lies."""
        return self.path / "objects" / oid[:2] / oid[2:]

    def content(self, oid: str) -> bytes:
        """Return an object's content."""
        return self.known[oid][1]

    def put_tree(self, items: list[Item]) -> str:
        """Write a raw tree as it is given."""
        return self.put("tree", tree_bytes(items))

    def items(self, tree: str) -> list[Item]:
        """Return the lines of a tree."""
        return tree_items(self.content(tree))

    def edit(self, root: str, folder: str, change: Callable[[list[Item]], list[Item]]) -> str:
        """Rewrite one folder's lines and what is above it; return the new root.

        Args:
            root: a root tree.
            folder: path of the folder; empty for the root itself.
            change: gets the folder's lines and returns others, in any order.
        """
        items = self.items(root)
        if not folder:
            return self.put_tree(change(items))
        name, _, rest = folder.partition("/")
        for number, (mode, found, oid) in enumerate(items):
            if found == name.encode():
                items[number] = (mode, found, self.edit(oid, rest, change))
                return self.put_tree(items)
        raise KeyError(folder)

    def add(self, root: str | None, path: str, oid: str, mode: bytes = FILE) -> str:
        """Add or replace one file in the way Git would; return the new root."""
        items = [] if root is None else self.items(root)
        first, _, rest = path.partition("/")
        name = first.encode()
        below = next((item[2] for item in items if item[1] == name), None)
        made = (mode, name, oid) if not rest else (FOLDER, name, self.add(below, rest, oid, mode))
        kept = [item for item in items if item[1] != name]
        return self.put_tree(in_order([*kept, made]))

    def files(self, root: str, prefix: str = "") -> dict[str, str]:
        """Return path -> object id of every file below a well-formed root."""
        found: dict[str, str] = {}
        for mode, name, oid in self.items(root):
            path = prefix + name.decode()
            if mode == FOLDER:
                found |= self.files(oid, path + "/")
            else:
                found[path] = oid
        return found
