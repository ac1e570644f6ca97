"""Finds the entries that added records, for many records at once."""

from __future__ import annotations

from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import LedgerView
from gitprov.service.read.find_record import locate

_MOST_KEPT = 100_000


class EntryFinder:
    """Finds entries by the paths that they added.

    Whoever hands in a batch again asks for every record of an entry: all that an entry added
    is remembered with the first of them, for as long as the tip stands: ``gitprov reappend`` may
    add a record by another entry.
    """

    def __init__(self, view: LedgerView) -> None:
        self._reader = EntryReader(view)
        self._tip = ""
        self._known: dict[str, tuple[str, int]] = {}

    def find(self, tip: str, path: str) -> tuple[str, int] | None:
        """Return the entry's id and height, None if the tip has no such file.

        Args:
            tip: the ledger's last entry.
            path: path in the ledger's tree.
        """
        if tip != self._tip:
            self._tip = tip
            self._known.clear()
        if path not in self._known:
            found = locate(self._reader, tip, path)
            if found is None:
                return None
            if len(self._known) > _MOST_KEPT:
                self._known.clear()
            place = (found.oid, found.height)
            self._known |= {file.path: place for file in self._reader.added(found)}
            self._known[path] = place
        return self._known[path]
