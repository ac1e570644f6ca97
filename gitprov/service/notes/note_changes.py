"""The changes of an update of the notes ref: two trees compared as maps, of any shape (N-10).

Only folders that differ are read, so that the work follows from what changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.gitraw.item import FILE, FOLDER
from gitprov.gitraw.tree import Item
from gitprov.service.ledger.view import LedgerView

MOST_CHANGES = 100_000
"""How many notes, folders and files of a notes tree one push may touch."""
_HEX = re.compile(rb"[0-9a-f]+")
_DIGITS = 40
_PART = 2
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(slots=True)
class NoteChanges:
    """The differences between two trees of notes.

    Args:
        before: code commit -> note blob, of what differs.
        after: the same for the new tree.
        strays: paths in the new tree that are no note, or a commit's second one.
    """

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)

    def commits(self) -> list[str]:
        """The code commits whose notes are not what they were, sorted."""
        every = self.before.keys() | self.after.keys()
        return sorted(each for each in every if self.before.get(each) != self.after.get(each))


def find_changes(view: LedgerView, old: str | None, new: str | None) -> NoteChanges:
    """Compare two trees of notes.

    Args:
        old: the root tree before, None if there was none; what is broken in it counts as absent.
        new: the root tree after, None if the new commit names none.

    Raises:
        RecordError: GPV-400-TREE-FORM, GPV-413-LIMIT, of the new tree.
        StorageError: a folder cannot be read.
    """
    if new is None:
        raise RecordError(Code.COMMIT_FORM, "a notes commit names no tree")
    comparison = _Comparison(view)
    comparison.folders(old, new, b"")
    changes = comparison.changes
    changes.strays += [each for each in changes.after if _places(view, new, each.encode()) > 1]
    return changes


class _Comparison:
    def __init__(self, view: LedgerView) -> None:
        self._view = view
        self._seen = 0
        self.changes = NoteChanges()

    def folders(self, old: str | None, new: str, name: bytes) -> None:
        """Compare two folders whose names end alike; ``name`` holds the digits so far."""
        before = self._old_items(old)
        after = self._items(new)
        for part in before.keys() | after.keys():
            was, now = before.get(part), after.get(part)
            if was == now:
                continue
            self._count(1)
            if was is not None and now is not None and _are_folders(part, was, now):
                self.folders(was[1].hex(), now[1].hex(), name + part)
                continue
            if was is not None:
                self._collect(name, part, was, self.changes.before)
            if now is not None:
                self._collect(name, part, now, self.changes.after)

    def _old_items(self, oid: str | None) -> dict[bytes, Item]:
        try:
            return {} if oid is None else self._items(oid)
        except RecordError:
            return {}

    def _items(self, oid: str) -> dict[bytes, Item]:
        # Notes may be none at all; in the ledger no folder is empty.
        return {} if oid == _EMPTY_TREE else dict(self._view.tree(oid).items())

    def _collect(self, name: bytes, part: bytes, item: Item, into: dict[str, str]) -> None:
        self._count(1)
        is_new = into is self.changes.after
        mode, oid = item
        whole = name + part
        if not _HEX.fullmatch(part) or len(whole) > _DIGITS:
            mode = b""
        if mode == FILE and len(whole) == _DIGITS:
            into[whole.decode()] = oid.hex()
        elif mode == FOLDER and len(part) == _PART:
            items = self._items(oid.hex()) if is_new else self._old_items(oid.hex())
            for below, each in items.items():
                self._collect(whole, below, each, into)
        elif is_new:
            self._stray(whole)

    def _stray(self, name: bytes) -> None:
        self.changes.strays.append(name.decode("utf-8", "replace"))

    def _count(self, more: int) -> None:
        self._seen += more
        if self._seen > MOST_CHANGES:
            text = f"more than {MOST_CHANGES} notes change in one push; push them in steps"
            raise StorageError(Code.LIMIT, text)


def _are_folders(part: bytes, was: Item, now: Item) -> bool:
    return len(part) == _PART and was[0] == now[0] == FOLDER


def _places(view: LedgerView, oid: str, rest: bytes) -> int:
    """How many notes a commit has below a folder, by its remaining digits."""
    try:
        tree = view.tree(oid)
    except GitprovError:
        return 0
    found = tree.get(rest)
    here = int(found is not None and found[0] != FOLDER)
    deeper = tree.get(rest[:_PART]) if len(rest) > _PART else None
    if deeper is None or deeper[0] != FOLDER:
        return here
    return here + _places(view, deeper[1].hex(), rest[_PART:])
