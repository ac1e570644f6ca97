"""The files that an entry's tree adds to its parents'; only changed folders are read (V8, V14)."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field

from gitprov.errors import Code, RecordError
from gitprov.gitraw.item import FOLDER
from gitprov.gitraw.tree import NO_ITEMS, Item, Tree
from gitprov.guard.limits import ENTRY_FILES
from gitprov.model.entry import AddedFile
from gitprov.service.ledger.view import LedgerView

# Which folder names may be at which depth; anything else is refused before it is opened, so
# that a tree bomb costs nothing (P-25). Files are judged by their whole path.
_TIMED = rb"(?:runs|states|artifacts|logs|amendments|proposals|approvals|enactments|tombstones)"
_FOLDER_PATH = re.compile(
    rb"policy/|keys/(?:[0-9A-F]{40}/)?|" + _TIMED + rb"/(?:[0-9]{4}/(?:[0-9]{2}/){0,4})?"
)
_MOST_FAULTS = 1_000
_ONLY_FOLDERS = frozenset({FOLDER})


class _EnoughError(Exception):
    """So much is wrong that looking further would only cost time."""


@dataclass(slots=True)
class TreeChange:
    """The difference between an entry's tree and its parents' trees.

    Args:
        added: files that no parent has.
        removed: paths that a parent has and the entry has not.
        altered: paths whose bytes or mode differ from a parent's.
        misplaced: paths that 2.2 does not yield.
        from_second: whether the second parent of a merge added at least one file.
    """

    added: list[AddedFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    from_second: bool = False


def _nearest(trees: list[Tree]) -> Tree | None:
    for tree in trees:
        if tree is not NO_ITEMS:
            return tree
    return None


def _compare_with_all(
    child: Tree, parents: list[Tree]
) -> tuple[dict[bytes, list[Item | None]], dict[bytes, Item]]:
    """Return what differs from any parent, with what each has there; and what only they have."""
    mine, gone = child.differences(parents[0])
    names = set(mine)
    for parent in parents[1:]:
        # A name that the first parent shares may still differ from the second's.
        theirs = parent.differences(child)[0]
        names |= theirs.keys() & child.keys()
        gone |= theirs
    return {name: [parent.get(name) for parent in parents] for name in names}, gone


def _shown(path: bytes) -> str:
    return path.decode("ascii", "backslashreplace").encode("unicode_escape").decode()


class TreeComparison:
    """Compares one root tree with the root trees of one or two parents.

    The work is bounded by the objects there are, not by the paths they yield: a record's name
    belongs to one minute, so no folder above records can be in two places.
    """

    def __init__(self, view: LedgerView) -> None:
        self._view = view
        self._opened: set[bytes] = set()
        self._faults = 0
        self.change = TreeChange()

    def compare(self, root: str, parents: list[str]) -> TreeChange:
        """Compare and return the change.

        Args:
            root: the entry's root tree.
            parents: the parents' root trees; none for the genesis.

        Raises:
            RecordError: GPV-400-TREE-FORM, GPV-413-LIMIT above 10,000 added files.
            StorageError: an object could not be read.
        """
        trees = [self._view.tree(parent) for parent in parents]
        with suppress(_EnoughError):
            self._folder(b"", self._view.tree(root, trees[0] if trees else None), trees)
        return self.change

    def _fault(self, kind: list[str], path: bytes) -> None:
        kind.append(_shown(path))
        self._faults += 1
        if self._faults >= _MOST_FAULTS:
            raise _EnoughError

    def _may_open(self, folder: bytes, oid: bytes) -> bool:
        if _FOLDER_PATH.fullmatch(folder) is None:
            return False
        if not folder.startswith((b"policy/", b"keys/")):
            if oid in self._opened:
                return False
            self._opened.add(oid)
        return True

    def _folder(self, prefix: bytes, child: Tree, parents: list[Tree]) -> None:
        if len(parents) == 1:
            mine, gone = child.differences(parents[0])
            changed = {name: [gone.get(name)] for name in mine}
        elif parents:
            changed, gone = _compare_with_all(child, parents)
        else:
            changed, gone = {name: [] for name in child}, {}
        lost = [name for name in gone if name not in changed and name not in child]
        for name in sorted(lost):
            self._fault(self.change.removed, prefix + name)
        for name in sorted(changed):
            self._item(prefix + name, child[name], changed[name])

    def _item(self, path: bytes, item: Item, before: list[Item | None]) -> None:
        theirs = [old for old in before if old is not None]
        mode, oid = item
        if theirs and theirs.count(item) == len(theirs):
            # Whole from one side of a merge: the first parent has it not, or the second.
            self.change.from_second |= before[0] is None
        elif mode == FOLDER and _ONLY_FOLDERS.issuperset([old[0] for old in theirs]):
            path += b"/"
            if not self._may_open(path, oid):
                self._fault(self.change.misplaced, path)
                return
            trees = [self._view.tree(old[1].hex()) if old else NO_ITEMS for old in before]
            self._folder(path, self._view.tree(oid.hex(), _nearest(trees)), trees)
        elif theirs:
            self._fault(self.change.altered, path)
        elif mode == FOLDER:
            self._fault(self.change.misplaced, path)
        else:
            self._add(path, oid)

    def _add(self, path: bytes, oid: bytes) -> None:
        if len(self.change.added) >= ENTRY_FILES:
            text = f"more than {ENTRY_FILES} files in one entry"
            raise RecordError(Code.LIMIT, text)
        self.change.added.append(AddedFile(_shown(path), oid.hex()))
