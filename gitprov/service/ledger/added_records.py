"""The records that a tree of the ledger has and an older one has not; what is equal is not read."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.codec.records import build, parse_mapping
from gitprov.errors import GitprovError, StorageError
from gitprov.gitraw.item import FOLDER
from gitprov.gitraw.tree import NO_ITEMS, Tree
from gitprov.model.ids import KIND_FOLDERS
from gitprov.model.kinds import Record
from gitprov.service.ledger.view import LedgerView

_DEPTH = 5


def added_records(view: LedgerView, before: str | None, after: str, kind: str) -> Iterator[Record]:
    """Yield the records of a kind that are new; what cannot be read is left to verify.

    Args:
        before: the older root tree; None if there was no ledger.
        after: the newer root tree.
        kind: run, state, ...

    Raises:
        StorageError, RecordError: a folder cannot be read.
    """
    folder = KIND_FOLDERS[kind]
    old = None if before is None else view.find(before, folder)
    new = view.find(after, folder)
    if new is None or new == old:
        return
    for oid in _added(view, NO_ITEMS if old is None else view.tree(old), view.tree(new), 0):
        try:
            record = build(parse_mapping(view.blob(oid)), kind)
        except StorageError:
            raise
        except GitprovError:
            continue
        if isinstance(record, Record):
            yield record


def _added(view: LedgerView, old: Tree, new: Tree, depth: int) -> Iterator[str]:
    for name, (mode, item) in new.differences(old)[0].items():
        was = old.get(name)
        if depth == _DEPTH or mode != FOLDER:
            if was is None:
                yield item.hex()
            continue
        below = NO_ITEMS if was is None else view.tree(was[1].hex())
        yield from _added(view, below, view.tree(item.hex()), depth + 1)
