"""Surgery on raw trees: add files, look one up, unite two; bytes in, bytes out.

Nothing is ever overwritten. Only the folders on the way are read, each is parsed once, and
oids are computed here, so that all trees of an entry are known before anything is written.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gitprov.errors import Code, StorageError

FOLDER = b"40000"
FILE = b"100644"
_MODES = {FOLDER, FILE, b"100755", b"120000", b"160000", b"100664"}
_CACHED_BYTES = 16 * 1024 * 1024

ReadTree = Callable[[str], bytes]
"""Returns the raw bytes of a tree object; raises StorageError if it cannot."""


@dataclass(slots=True)
class Folder:
    """A parsed tree: name -> (mode, oid), as raw bytes."""

    items: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the raw tree in Git's order, in which a folder compares as if it ended in /."""
        keys = sorted(
            (name + b"/" if mode == FOLDER else name, mode, name, oid)
            for name, (mode, oid) in self.items.items()
        )
        return b"".join([b"%s %s\0%s" % (mode, name, oid) for _, mode, name, oid in keys])


class TreeSurgeon:
    """Reads trees through ``read`` and remembers those parsed last.

    Args:
        read: returns the raw bytes of a tree.
        cached_bytes: how much raw tree data may stay parsed.
    """

    def __init__(self, read: ReadTree, cached_bytes: int = _CACHED_BYTES) -> None:
        self._read = read
        self._limit = cached_bytes
        self._used = 0
        self._cache: OrderedDict[str, tuple[Folder, int]] = OrderedDict()

    def insert_files(self, root: str | None, files: Mapping[str, str]) -> tuple[str, list[bytes]]:
        """Add files (path -> blob oid) to a tree; return the new root and every new tree.

        The trees come bottom-up: each one after those that it names.

        Raises:
            StorageError: GPV-409-APPEND-ONLY, a path is taken or runs through a file;
                GPV-400-TREE-FORM, a tree cannot be parsed or a path is not acceptable.
        """
        made: list[bytes] = []
        new_root = self._insert(root, _nest(files), "", made)
        return new_root, made

    def lookup(self, root: str, path: str) -> str | None:
        """Return the oid of the file or folder at a path, None if there is none."""
        oid = root
        for part in path.split("/"):
            if oid == "":
                return None
            found = self._folder(oid).items.get(part.encode())
            if found is None:
                return None
            last = found[1].hex()
            oid = last if found[0] == FOLDER else ""
        return last

    def union(self, left: str, right: str) -> tuple[str, list[bytes]]:
        """Unite two trees exactly; return the root and every tree that neither side has.

        Raises:
            StorageError: GPV-409-MERGE-REWRITE, one path with two contents.
        """
        made: list[bytes] = []
        return self._unite(left, right, "", made), made

    def _insert(
        self, oid: str | None, wanted: dict[bytes, object], where: str, made: list[bytes]
    ) -> str:
        items = dict(self._folder(oid).items) if oid is not None else {}
        for name, value in wanted.items():
            old = items.get(name)
            path = f"{where}{name.decode()}"
            if isinstance(value, dict):
                if old is not None and old[0] != FOLDER:
                    raise _taken(path)
                below = self._insert(old[1].hex() if old else None, value, f"{path}/", made)
                items[name] = (FOLDER, bytes.fromhex(below))
            elif old is not None:
                raise _taken(path)
            else:
                items[name] = (FILE, bytes.fromhex(str(value)))
        return self._keep(Folder(items), made)

    def _unite(self, left: str, right: str, where: str, made: list[bytes]) -> str:
        if left == right:
            return left
        ours = self._folder(left).items
        theirs = self._folder(right).items
        items = dict(ours)
        for name, theirs_item in theirs.items():
            ours_item = ours.get(name)
            if ours_item is None:
                items[name] = theirs_item
            elif ours_item != theirs_item:
                path = f"{where}{name.decode('utf-8', 'replace')}"
                if ours_item[0] != FOLDER or theirs_item[0] != FOLDER:
                    raise _differs(path)
                below = self._unite(ours_item[1].hex(), theirs_item[1].hex(), f"{path}/", made)
                items[name] = (FOLDER, bytes.fromhex(below))
        if items == ours:
            return left
        if items == theirs:
            return right
        return self._keep(Folder(items), made)

    def _folder(self, oid: str) -> Folder:
        cached = self._cache.get(oid)
        if cached is not None:
            self._cache.move_to_end(oid)
            return cached[0]
        content = self._read(oid)
        folder = parse_tree(content)
        self._remember(oid, folder, len(content))
        return folder

    def _keep(self, folder: Folder, made: list[bytes]) -> str:
        content = folder.to_bytes()
        oid = tree_id(content)
        made.append(content)
        self._remember(oid, folder, len(content))
        return oid

    def _remember(self, oid: str, folder: Folder, size: int) -> None:
        if oid in self._cache:
            return
        self._cache[oid] = (folder, size)
        self._used += size
        while self._used > self._limit and len(self._cache) > 1:
            self._used -= self._cache.popitem(last=False)[1][1]


def parse_tree(content: bytes) -> Folder:
    """Parse a raw tree.

    Raises:
        StorageError: GPV-400-TREE-FORM.
    """
    items: dict[bytes, tuple[bytes, bytes]] = {}
    position = 0
    end = len(content)
    while position < end:
        space = content.find(b" ", position, position + 8)
        null = content.find(b"\0", space)
        mode, name = content[position:space], content[space + 1 : null]
        position = null + 21
        if space < 0 or null < 0 or position > end or mode not in _MODES or name in items:
            raise StorageError(Code.TREE_FORM, "a tree object is malformed")
        items[name] = (mode, content[null + 1 : position])
    return Folder(items)


def tree_id(content: bytes) -> str:
    """Return the oid of a raw tree."""
    header = b"tree %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def _nest(files: Mapping[str, str]) -> dict[bytes, object]:
    root: dict[bytes, object] = {}
    for path, oid in sorted(files.items()):
        *folders, name = path.encode().split(b"/")
        if b"" in (name, *folders) or b"\0" in name:
            raise StorageError(Code.TREE_FORM, f"{path!r} is no path", path=path)
        here = root
        for folder in folders:
            below = here.setdefault(folder, {})
            if not isinstance(below, dict):
                raise _taken(path)
            here = below
        if name in here:
            raise _taken(path)
        here[name] = oid
    return root


def _taken(path: str) -> StorageError:
    return StorageError(
        Code.APPEND_ONLY, f"{path!r} exists already and is never overwritten", path=path
    )


def _differs(path: str) -> StorageError:
    return StorageError(
        Code.MERGE_REWRITE, f"{path!r} has two different contents in a merge", path=path
    )
