"""Which acknowledged entries a tip lacks, on ledgers in memory."""

from __future__ import annotations

from typing import NoReturn

from gitprov.errors import Code, StorageError
from gitprov.service.sync.lost_entries import Acknowledged, LostEntries
from tests.support.memory_ledger import MemoryLedger


class Trees:
    """Unites trees whose union is one of them, which is all that is asked here."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._objects = ledger.objects

    def union(self, left: str, right: str) -> tuple[str, list[bytes]]:
        mine, theirs = self._objects.files(left), self._objects.files(right)
        if any(mine.get(path, oid) != oid for path, oid in theirs.items()):
            raise StorageError(Code.MERGE_REWRITE, "they differ")
        return (left if set(theirs) <= set(mine) else ""), []

    def insert_files(self, root: str | None, files: object) -> NoReturn:
        raise AssertionError(root, files)


def acknowledged(*oids: str) -> list[Acknowledged]:
    """As the audit log has them: oldest first, each with the tip before it."""
    chain = zip(oids[1:], oids[:-1], strict=True)
    return [Acknowledged(oid, old, "a run") for oid, old in chain]


def lost(
    ledger: MemoryLedger, tip: str | None, *oids: str, parked: tuple[str, ...] = ()
) -> list[tuple[str, int | None, int]]:
    finder = LostEntries(ledger.view, Trees(ledger), parked)
    return [(each.oid, each.height, each.count) for each in finder.find(tip, acknowledged(*oids))]


def four() -> tuple[MemoryLedger, list[str]]:
    ledger = MemoryLedger()
    return ledger, [ledger.found(), *(ledger.append(ledger.run()) for _ in range(3))]


def test_nothing_is_lost_of_what_the_tip_reaches() -> None:
    ledger, oids = four()
    assert lost(ledger, oids[-1], *oids) == []


def test_a_tip_that_went_back_lacks_the_last_of_the_chain() -> None:
    ledger, oids = four()
    assert lost(ledger, oids[1], *oids) == [(oids[3], 3, 2)]


def test_without_a_ref_everything_is_missing() -> None:
    ledger, oids = four()
    assert lost(ledger, None, *oids) == [(oids[3], 3, 4)]


def test_an_entry_whose_objects_are_gone_is_still_named() -> None:
    ledger, oids = four()
    del ledger.objects.known[oids[3]]
    assert lost(ledger, oids[2], *oids) == [(oids[3], None, 1)]


def test_records_that_came_back_in_other_entries_are_not_lost() -> None:
    ledger = MemoryLedger()
    genesis = ledger.found()
    run, other = ledger.run(), ledger.run()
    gone = ledger.branch(run, on=genesis)
    theirs = ledger.append(other)
    again = ledger.append(run)
    assert lost(ledger, theirs, genesis, gone) == [(gone, 1, 1)]
    assert lost(ledger, again, genesis, gone) == []


def test_what_reappend_parked_is_not_lost() -> None:
    ledger, oids = four()
    assert lost(ledger, oids[1], *oids, parked=(oids[3],)) == []
    assert lost(ledger, oids[1], *oids, parked=(oids[2],)) == [(oids[3], 3, 2)]
