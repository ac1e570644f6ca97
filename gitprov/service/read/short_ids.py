"""The shortest beginning of an id that names one record of the whole ledger."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict

from gitprov.model.ids import RECORD_KINDS
from gitprov.service.ledger.record_files import iter_record_files
from gitprov.service.ledger.view import LedgerView

SHORTEST = 8
_GROUPS_KEPT = 16


class ShortIds:
    """Shortens ids; ids that were recorded at about the same time are looked at together.

    Args:
        root: the root tree of its tip.
    """

    def __init__(self, view: LedgerView, root: str) -> None:
        self._view = view
        self._root = root
        self._groups: OrderedDict[str, list[str]] = OrderedDict()

    def shorten(self, record_id: str) -> str:
        """Return the beginning of an id, at least eight characters, that no other id has.

        Raises:
            StorageError, RecordError: a folder cannot be read.
        """
        group = self._group(record_id[:SHORTEST])
        at = bisect_left(group, record_id)
        near = group[max(at - 1, 0) : at + 2]
        shared = max((_shared(record_id, other) for other in near if other != record_id), default=0)
        size = max(SHORTEST, shared + 1)
        # A hyphen at the end tells nothing.
        return record_id[:size].removesuffix("-") if size > SHORTEST + 1 else record_id[:size]

    def _group(self, prefix: str) -> list[str]:
        known = self._groups.get(prefix)
        if known is None:
            found = {
                file.record_id
                for kind in RECORD_KINDS
                for file in iter_record_files(self._view, self._root, kind, prefix)
            }
            known = self._groups[prefix] = sorted(found)
            while len(self._groups) > _GROUPS_KEPT:
                self._groups.popitem(last=False)
        return known


def _shared(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), len(one))
