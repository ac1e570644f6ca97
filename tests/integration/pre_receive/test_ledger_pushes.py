"""Pushes to the ledger's ref by plain git: what the hook lets in and what it refuses."""

from __future__ import annotations

import pytest

from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def test_a_first_push_and_new_entries_pass_and_are_written_down(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    first = remote.tip()
    history.append(history.run("alice"))
    history.append(history.run("bot"), by="bot")
    remote.accept(history)
    assert remote.tip() == history.tip
    made, landed, moved = remote.audit()
    assert made["action"] == moved["action"] == "push-judged"
    assert (landed["action"], landed["new"]) == ("push-landed", first)
    assert (moved["ref"], moved["old"], moved["new"]) == (LEDGER, first, history.tip)


def test_an_unsigned_entry_is_refused_with_its_place(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    draft = history.draft(history.run("alice"))
    bad = history.land(draft.payload, draft)
    done = remote.refuse(history)
    assert done.codes == ["GPV-401-UNSIGNED"]
    assert any(bad[:12] in line for line in done.lines)
