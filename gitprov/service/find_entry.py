"""Finds the entry that brought a file to the ledger."""

from __future__ import annotations

from gitprov.codec.commit import parse_commit, read_links
from gitprov.codec.message import read_trailers
from gitprov.errors import GitprovError
from gitprov.service.ledger_view import LedgerView


def find_entry(view: LedgerView, tip: str | None, path: str) -> tuple[str, int] | None:
    """Return (object id, height) of the oldest entry whose tree has this path.

    Paths only ever appear, so walking down from the tip, the last entry that has it is the
    one; a branch is entered where only it has the path.

    Args:
        view: the ledger.
        tip: the entry to start from.
        path: path in the ledger's tree.
    """
    if tip is None or not _has(view, tip, path):
        return None
    found, older = tip, tip
    while older:
        found = older
        parents = read_links(view.commit(found))[1]
        older = next((parent for parent in parents if _has(view, parent, path)), "")
    return found, _height(view, found)


def _has(view: LedgerView, oid: str, path: str) -> bool:
    tree = read_links(view.commit(oid))[0]
    return tree is not None and view.find(tree, path) is not None


def _height(view: LedgerView, oid: str) -> int:
    try:
        claims = read_trailers(parse_commit(view.commit(oid)).message)
    except GitprovError:
        return -1
    return -1 if claims is None else claims.height
