"""Entries are listed lazily, each once, children before parents, where they were accepted."""

from __future__ import annotations

from itertools import islice

import pytest

from gitprov.errors import StorageError
from gitprov.service.ledger.read_entries import ListedEntry
from tests.support.memory_ledger import MemoryLedger


@pytest.fixture
def ledger() -> MemoryLedger:
    """A ledger with a genesis of one file."""
    made = MemoryLedger()
    made.found()
    return made


def added(ledger: MemoryLedger, entry: ListedEntry) -> list[str]:
    return [file.path for file in ledger.reader.added(entry)]


def test_a_linear_ledger_is_listed_from_its_tip(ledger: MemoryLedger) -> None:
    oids = [ledger.tip, *(ledger.append(ledger.run()) for _ in range(4))]
    entries = list(ledger.reader.newest_first(ledger.tip))
    assert [entry.oid for entry in entries] == oids[::-1]
    assert [entry.height for entry in entries] == [4, 3, 2, 1, 0]
    assert all(entry.is_mainline for entry in entries)
    assert entries[-1].accepted.before is None


def test_the_newest_of_a_deep_ledger_cost_as_little_as_they_are_few(ledger: MemoryLedger) -> None:
    for _ in range(50):
        ledger.append(ledger.run())
    ledger.objects.reads.clear()
    reader = ledger.reader
    for entry in islice(reader.newest_first(ledger.tip), 3):
        reader.added(entry)
    commits = [oid for oid in ledger.objects.reads if ledger.objects.known[oid][0] == "commit"]
    assert len(commits) == 4


def test_an_entry_owns_the_files_that_its_parent_lacks(ledger: MemoryLedger) -> None:
    first, second = ledger.run(), ledger.run()
    ledger.append(first, second)
    entry = next(ledger.reader.newest_first(ledger.tip))
    assert added(ledger, entry) == sorted((first.path, second.path))


def test_a_branch_comes_behind_the_merge_that_brought_it(ledger: MemoryLedger) -> None:
    genesis = ledger.tip
    brought = ledger.run()
    ours = ledger.append(ledger.run())
    side = [ledger.branch(brought, on=genesis)]
    side.append(ledger.branch(ledger.run(), on=side[0]))
    merge = ledger.append(merge=side[1])
    top = ledger.append(ledger.run())
    entries = list(ledger.reader.newest_first(ledger.tip))
    assert [entry.oid for entry in entries] == [top, merge, side[1], side[0], ours, genesis]
    by_oid = {entry.oid: entry for entry in entries}
    assert not by_oid[side[0]].is_mainline
    assert by_oid[side[0]].accepted == by_oid[merge].accepted
    assert (by_oid[side[0]].height, by_oid[side[0]].accepted.height) == (1, 3)
    assert added(ledger, by_oid[merge]) == []
    assert added(ledger, by_oid[side[0]]) == [brought.path]


def test_what_both_sides_brought_belongs_to_the_first_parent(ledger: MemoryLedger) -> None:
    genesis, same = ledger.tip, ledger.run()
    ours = ledger.append(same)
    theirs = ledger.branch(same, ledger.run(), on=genesis)
    ledger.append(merge=theirs)
    by_oid = {entry.oid: entry for entry in ledger.reader.newest_first(ledger.tip)}
    assert added(ledger, by_oid[ours]) == [same.path]
    assert same.path not in added(ledger, by_oid[theirs])
    assert len(added(ledger, by_oid[theirs])) == 1


def test_what_a_merge_inside_a_branch_unites_is_listed_once(ledger: MemoryLedger) -> None:
    genesis, same = ledger.tip, ledger.run()
    ledger.append(ledger.run())
    left = ledger.branch(same, on=genesis)
    right = ledger.branch(same, ledger.run(), on=genesis)
    inner = ledger.branch(on=left, merge=right)
    ledger.append(merge=inner)
    entries = list(ledger.reader.newest_first(ledger.tip))
    assert len({entry.oid for entry in entries}) == len(entries) == 6
    owners = [e.oid for e in entries if same.path in added(ledger, e)]
    assert owners == [left]
    order = [entry.oid for entry in entries]
    assert order.index(inner) < order.index(left)
    assert order.index(inner) < order.index(right)


def test_a_branch_off_an_older_branch_is_split_by_what_was_known(ledger: MemoryLedger) -> None:
    genesis = ledger.tip
    old = ledger.branch(ledger.run(), on=genesis)
    ledger.append(ledger.run())
    first_merge = ledger.append(merge=old)
    new = ledger.branch(ledger.run(), on=old)
    second_merge = ledger.append(merge=new)
    accepted = {e.oid: e.accepted.oid for e in ledger.reader.newest_first(ledger.tip)}
    assert accepted[old] == first_merge
    assert accepted[new] == second_merge


@pytest.mark.parametrize("backwards", [False, True])
def test_related_parents_of_a_merge_are_told(ledger: MemoryLedger, *, backwards: bool) -> None:
    older = ledger.tip
    newer = ledger.append(ledger.run())
    parents = (older, newer) if backwards else (newer, older)
    assert ledger.reader.newly_reachable(parents) == (
        ({newer}, True) if backwards else (set(), False)
    )


def test_an_entry_without_claims_is_listed_all_the_same(ledger: MemoryLedger) -> None:
    raw = ledger.objects.content(ledger.tip).replace(b"Gitprov-Height", b"Gitprov-Depth")
    odd = ledger.objects.put("commit", raw)
    ledger.heights[odd], ledger.trees[odd] = -1, ledger.root
    ledger.append(ledger.run(), on=odd)
    assert [entry.height for entry in ledger.reader.newest_first(ledger.tip)] == [0, -1]


def test_an_entry_of_broken_form_is_listed_all_the_same(ledger: MemoryLedger) -> None:
    raw = ledger.objects.content(ledger.tip).replace(b"\nauthor", b"\nencoding x\nauthor")
    broken = ledger.objects.put("commit", raw)
    entry = next(ledger.reader.newest_first(broken))
    assert (entry.commit, entry.seconds, entry.height) == (None, 0, 0)
    assert ledger.reader.signer(entry) is None
    assert len(added(ledger, entry)) == 1


def test_an_entry_without_a_tree_adds_nothing(ledger: MemoryLedger) -> None:
    odd = ledger.objects.put("commit", b"tree none\nparent " + ledger.tip.encode() + b"\n\nodd\n")
    entry = next(ledger.reader.newest_first(odd))
    assert entry.tree is None
    assert added(ledger, entry) == []
    assert ledger.reader.signer(entry) is None


def test_a_missing_commit_is_an_error_where_the_walk_meets_it(ledger: MemoryLedger) -> None:
    genesis = ledger.tip
    ledger.append(ledger.run())
    del ledger.objects.known[genesis]
    entries = ledger.reader.newest_first(ledger.tip)
    assert next(entries).height == 1
    with pytest.raises(StorageError, match="GPV-500-STORE-CORRUPT"):
        next(entries)


def test_lying_heights_lose_no_entry_of_the_mainline(ledger: MemoryLedger) -> None:
    oids = [ledger.append(ledger.run(), height=height) for height in (7, 2, 90)]
    assert [e.oid for e in ledger.reader.newest_first(ledger.tip)][:3] == oids[::-1]


def test_an_unsigned_entry_has_no_signer(ledger: MemoryLedger) -> None:
    entry = next(ledger.reader.newest_first(ledger.tip))
    assert ledger.reader.signer(entry) is None
