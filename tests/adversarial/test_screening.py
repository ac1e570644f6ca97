"""What a pusher without a key may cost a server: never the size of the ledger (7.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitprov.errors import Code, StorageError
from gitprov.model.finding import Finding
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.view import LedgerView
from gitprov.service.verify.screen import MOST_REFUSED
from gitprov.service.verify.update import Update, judge_update
from tests.support.history import HistoryBuilder
from tests.support.judgement import engine_of, reader_of

pytestmark = [pytest.mark.git, pytest.mark.gpg]
Attack = Callable[[HistoryBuilder], str]
ACCEPTED = 40


class Counting:
    """A reader that counts the accepted entries that are read."""

    def __init__(self, history: HistoryBuilder, accepted: set[str]) -> None:
        self._reader = reader_of(history.path)
        self._accepted = accepted
        self.read_again: set[str] = set()

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Read an object."""
        if oid in self._accepted:
            self.read_again.add(oid)
        return self._reader.read(oid, limit)

    def has(self, oid: str) -> bool:
        """Whether it is there."""
        return self._reader.has(oid)


def unsigned(history: HistoryBuilder, *, on: str, merge: str | None = None) -> str:
    draft = history.draft(*(() if merge else (history.run(),)), on=on, merge=merge)
    return history.land(draft.payload, draft)


def unsigned_root(history: HistoryBuilder) -> str:
    """A root without a signature that claims height 0."""
    draft = history.draft(history.run(), on="")
    return history.land(draft.payload, draft)


def case_unsigned_root_as_tip(history: HistoryBuilder) -> str:
    return unsigned_root(history)


def case_unsigned_root_as_second_parent(history: HistoryBuilder) -> str:
    tip = history.tip
    root = unsigned_root(history)
    return unsigned(history, on=tip, merge=root)


def case_unsigned_entry_on_a_root(history: HistoryBuilder) -> str:
    return unsigned(history, on=unsigned_root(history))


def case_unsigned_entry_on_the_genesis(history: HistoryBuilder) -> str:
    genesis = next(oid for oid, claims in history.claims.items() if claims.height == 0)
    return unsigned(history, on=genesis)


def case_strangers_entry_on_the_genesis(history: HistoryBuilder) -> str:
    genesis = next(oid for oid, claims in history.claims.items() if claims.height == 0)
    return history.append(history.run("mallory"), by="mallory", on=genesis)


def case_strangers_merge_of_the_genesis(history: HistoryBuilder) -> str:
    genesis = next(oid for oid, claims in history.claims.items() if claims.height == 0)
    return history.merge(genesis, by="mallory")


def case_rewind_to_the_genesis(history: HistoryBuilder) -> str:
    return next(oid for oid, claims in history.claims.items() if claims.height == 0)


def case_signature_of_another_entry(history: HistoryBuilder) -> str:
    """A listed key's signature, over other bytes."""
    draft = history.draft(history.run())
    other = history.draft(history.run())
    return history.commit(draft, history.sign(other.payload, "alice"))


CASES = [value for name, value in globals().items() if name.startswith("case_")]


def refused(history: HistoryBuilder, reader: object, old: str, new: str) -> tuple[Finding, ...]:
    access = LedgerAccess(reader, engine_of("sequoia"), None)  # type: ignore[arg-type]
    view = LedgerView(access.reader, access.engine)
    update = Update(old, new)
    return judge_update(access, view, update, history.now, accepting=True).findings


@pytest.mark.parametrize("attack", CASES)
def test_no_accepted_entry_but_the_tip_is_read(history: HistoryBuilder, attack: Attack) -> None:
    for _ in range(ACCEPTED):
        history.append(history.run())
    old, accepted = history.tip, set(history.claims)
    new = attack(history)
    reader = Counting(history, accepted)
    findings = refused(history, reader, old, new)
    assert findings
    # The old tip, and what the new one names as its parents.
    assert len(reader.read_again) <= 3


def test_many_unsigned_commits_end_after_twenty(history: HistoryBuilder) -> None:
    old = history.tip
    drafts = []
    for _ in range(60):
        draft = history.draft(history.run())
        history.land(draft.payload, draft)
        drafts.append(draft)
    findings = refused(history, reader_of(history.path), old, history.tip)
    assert [finding.code for finding in findings] == [Code.UNSIGNED] * MOST_REFUSED


def test_judging_stops_after_twenty_bad_entries_of_a_listed_key(history: HistoryBuilder) -> None:
    old = history.tip
    for number in range(3 * MOST_REFUSED):
        draft = history.draft(history.run())
        draft.message = draft.message.replace(b"Gitprov-Policy: 1", b"Gitprov-Policy: 2")
        del number
        history.commit(draft)
    findings = refused(history, reader_of(history.path), old, history.tip)
    bad = {finding.entry for finding in findings}
    assert MOST_REFUSED <= len(bad) < 3 * MOST_REFUSED


def test_an_honest_push_of_a_merge_far_back_is_judged_in_full(history: HistoryBuilder) -> None:
    side = history.branch(history.run("bot"), by="bot", on=history.old)
    for _ in range(5):
        history.append(history.run())
    old = history.tip
    assert refused(history, reader_of(history.path), old, history.merge(side)) == ()


def test_an_old_tip_that_is_not_there_is_an_error(history: HistoryBuilder) -> None:
    with pytest.raises(StorageError):
        refused(history, reader_of(history.path), "1" * 40, history.tip)
