"""Surgery on raw trees: add files, look one up, unite two; bytes in, bytes out.

Nothing is ever overwritten. Only folders on the way are read, each is parsed once, and oids
are computed here, so that every tree of an entry is known before anything is written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from gitprov.errors import Code, StorageError
from gitprov.gitraw.folder import NO_FILES, Folder, parse_tree
from gitprov.gitraw.item import FOLDER, item_line, object_id

_DEPTH_LIMIT = 64
_CACHED_BYTES = 4 * 1024 * 1024

ReadTree = Callable[[str], bytes]
"""Returns the raw bytes of a tree object; raises StorageError if it cannot."""
Files = dict[bytes, "str | Files"]


class TreeEditor:
    """Reads trees through ``read`` and remembers those parsed or made last.

    Args:
        read: returns the raw bytes of a tree.
        cached_bytes: how much raw tree data stays parsed (about three times that in memory).
    """

    def __init__(self, read: ReadTree, cached_bytes: int = _CACHED_BYTES) -> None:
        self._read = read
        self._limit = cached_bytes
        self._used = 0
        self._cache: OrderedDict[str, tuple[Folder, int]] = OrderedDict()

    def insert_files(self, root: str | None, files: Mapping[str, str]) -> tuple[str, list[bytes]]:
        """Add files (path -> blob oid) to a tree; return the new root and every new tree.

        The trees come bottom-up, each one after those that it names. Without files the root
        is the old one, or that of the empty tree.

        Raises:
            StorageError: GPV-409-DUPLICATE, a path is taken or leads through a file;
                GPV-400-TREE-FORM, a tree is malformed or a path is none.
        """
        made: list[bytes] = []
        if not files and root is not None:
            return root, made
        return self._insert(root, _nest(files), "", made), made

    def find(self, root: str, path: str) -> tuple[bytes, str] | None:
        """Return (mode, oid) of the file or folder at a path, None if there is none.

        Raises:
            StorageError: GPV-400-TREE-FORM.
        """
        found: tuple[bytes, str] | None = (FOLDER, root)
        for part in path.encode("utf-8", "surrogateescape").split(b"/"):
            if found is None or found[0] != FOLDER:
                return None
            found = self.folder(found[1]).find(part)
        return found

    def union(self, left: str, right: str) -> tuple[str, list[bytes]]:
        """Unite two trees exactly; return the root and every tree that neither side has.

        Raises:
            StorageError: GPV-409-MERGE-REWRITE, one path with two contents;
                GPV-400-TREE-FORM, a tree is malformed or nested too deeply.
        """
        made: list[bytes] = []
        return self._unite(left, right, "", made), made

    def folder(self, oid: str) -> Folder:
        """Read and parse a tree, or take it from memory."""
        cached = self._cache.get(oid)
        if cached is not None:
            self._cache.move_to_end(oid)
            return cached[0]
        content = self._read(oid)
        folder = parse_tree(content)
        self._remember(oid, folder, len(content))
        return folder

    def keep(self, folder: Folder, made: list[bytes]) -> str:
        """Add a new tree to ``made`` and return its oid."""
        content = folder.to_bytes()
        oid = object_id("tree", content)
        made.append(content)
        self._remember(oid, folder, len(content))
        return oid

    def _insert(self, oid: str | None, wanted: Files, where: str, made: list[bytes]) -> str:
        folder = NO_FILES if oid is None else self.folder(oid)
        changes: dict[bytes, bytes | None] = {}
        for name, value in wanted.items():
            old = folder.find(name) if oid is not None else None
            path = f"{where}{name.decode()}"
            if isinstance(value, dict) and (old is None or old[0] == FOLDER):
                below = self._insert(old[1] if old else None, value, f"{path}/", made)
                key, line = item_line(name, below, FOLDER)
            elif isinstance(value, dict) or old is not None:
                raise _taken(path)
            else:
                key, line = item_line(name, value)
            changes[key] = line
        return self.keep(folder.replace(changes), made)

    def _unite(self, left: str, right: str, where: str, made: list[bytes]) -> str:
        if left == right:
            return left
        if where.count("/") > _DEPTH_LIMIT:
            raise StorageError(Code.TREE_FORM, "a tree is nested too deeply", path=where[:200])
        ours, theirs = self.folder(left), self.folder(right)
        changes: dict[bytes, bytes | None] = {}
        for mode, name, oid in theirs:
            old = ours.find(name)
            if old == (mode, oid):
                continue
            path = f"{where}{name.decode('utf-8', 'replace')}"
            if old is not None:
                if old[0] != FOLDER or mode != FOLDER:
                    raise _differs(path)
                oid = self._unite(old[1], oid, f"{path}/", made)  # noqa: PLW2901 - the united one
            key, line = item_line(name, oid, mode)
            changes[key] = line
        united = ours.replace(changes)
        content = united.to_bytes()
        oid = object_id("tree", content)
        return oid if oid in (left, right) else self.keep(united, made)

    def _remember(self, oid: str, folder: Folder, size: int) -> None:
        if oid in self._cache:
            return
        self._cache[oid] = (folder, size)
        self._used += size
        while self._used > self._limit and len(self._cache) > 1:
            self._used -= self._cache.popitem(last=False)[1][1]


def _nest(files: Mapping[str, str]) -> Files:
    root: Files = {}
    for path, oid in sorted(files.items()):
        *folders, name = path.encode().split(b"/")
        if b"" in (name, *folders) or b"\0" in path.encode():
            raise StorageError(Code.TREE_FORM, f"{path!r} is not a path of a tree", path=path)
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
        Code.DUPLICATE, f"{path!r} exists already and is never overwritten", path=path
    )


def _differs(path: str) -> StorageError:
    return StorageError(
        Code.MERGE_REWRITE, f"{path!r} has two different contents in a merge", path=path
    )
