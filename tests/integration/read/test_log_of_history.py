"""The log of real ledgers: order, signers, amendments, and what owners have decided since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code, StorageError, UsageError
from tests.support import record_texts as texts
from tests.support.history import HistoryBuilder
from tests.support.reading import entries_of, field, found, listed, search
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def revoke(history: HistoryBuilder, label: str, from_height: int) -> None:
    """Let the owners revoke a key from an acceptance height on."""
    signers = history.policy.signers
    old = next(s for s in signers if s.key == history.people.fingerprint(label))
    history.policy = history.policy.with_signer(replace(old, revoked_from=from_height))
    history.change(history.policy)


def withdraw_range(history: HistoryBuilder, first: int, last: int) -> None:
    history.enact(history.carry(texts.withdraw_range(first, last)))


def test_runs_come_newest_first_with_their_signers(history: HistoryBuilder) -> None:
    run = history.run("bot")
    history.append(run, by="bot")
    lines = list(search(history))
    assert lines[0].record.record_id == run.name
    assert [line.signer.name for line in lines if line.signer] == ["Bot", "Bot", "Alice"]
    assert [line.entry.height for line in lines] == [3, 2, 1]
    assert all(line.entry.is_mainline for line in lines)


def test_records_of_one_entry_come_with_the_newest_id_first(history: HistoryBuilder) -> None:
    runs = [history.run() for _ in range(3)]
    history.append(*runs)
    assert listed(history, limit=3) == [run.name for run in reversed(runs)]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"limit": 1}, 1),
        ({"limit": 0}, 0),
        ({"limit": 9}, 2),
        ({"signer": "Alice"}, 1),
        ({"signer": "B*"}, 1),
        ({"actors": frozenset({"AI"})}, 1),
        ({"job": texts.JOB}, 1),
        ({"agent": "5_*"}, 0),
        ({"kind": "state"}, 0),
    ],
)
def test_filters(history: HistoryBuilder, query: dict[str, object], count: int) -> None:
    assert len(listed(history, **query)) == count


def test_a_signer_is_found_by_fingerprint(history: HistoryBuilder) -> None:
    key = history.people.fingerprint("bot")
    for text in (key, key[:8].lower(), key[-8:]):
        (line,) = search(history, signer=text)
        assert line.signer is not None
        assert line.signer.key == key


def test_an_amendment_changes_what_is_listed_and_found(history: HistoryBuilder) -> None:
    run = history.run(more='labels:\n  team: "old"\n')
    history.append(run)
    for value in ("newer", "newest"):
        changes = f'  labels:\n    team: "{value}"\n'
        history.append(texts.amendment(history.author(), run.name, changes))
    line = found(history, run.name)
    assert (line.amendments, field(line.record, "labels")) == (2, {"team": "newest"})
    assert listed(history, labels=(("team", "newest"),)) == [run.name]
    assert listed(history, labels=(("team", "old"),)) == []


def test_an_amendment_in_the_runs_own_entry_counts(history: HistoryBuilder) -> None:
    run = history.run()
    changes = '  agent_version: "9"\n'
    history.append(run, texts.amendment(history.author(), run.name, changes))
    assert field(found(history, run.name).record, "agent_version") == "9"


def test_an_amendment_from_a_branch_reaches_a_run_of_the_mainline(history: HistoryBuilder) -> None:
    run = history.run()
    base = history.append(run)
    history.append(history.run())
    changes = '  agent_version: "9"\n'
    side = history.branch(texts.amendment(history.author(), run.name, changes), on=base)
    history.merge(side)
    assert found(history, run.name).amendments == 1


def test_a_withdrawn_run_is_hidden_and_counted(history: HistoryBuilder) -> None:
    run = history.run()
    history.append(run)
    history.append(texts.amendment(history.author(), run.name))
    lines = search(history)
    assert run.name not in [line.record.record_id for line in lines]
    assert (lines.unlisted.withdrawn, lines.unlisted.disputed) == (1, 0)
    assert found(history, run.name).is_withdrawn


def test_a_withdrawn_range_hides_what_was_accepted_in_it(history: HistoryBuilder) -> None:
    before, after = listed(history)[::-1]
    withdraw_range(history, 2, 3)
    assert listed(history) == [before]
    assert found(history, after).is_withdrawn
    assert not found(history, before).is_withdrawn


def test_a_range_that_was_only_proposed_hides_nothing(history: HistoryBuilder) -> None:
    history.carry(texts.withdraw_range(1, 2))
    assert len(listed(history)) == 2


def test_what_a_revoked_key_signed_is_disputed_from_its_height_on(history: HistoryBuilder) -> None:
    early = listed(history, signer="Alice")
    late = history.run()
    height = history.claims[history.append(late)].height
    revoke(history, "alice", height)
    lines = search(history, signer="Alice")
    assert [line.record.record_id for line in lines] == early
    assert lines.unlisted.disputed == 1
    assert found(history, late.name).is_disputed
    assert not found(history, early[0]).is_disputed


def test_acceptance_counts_not_the_entrys_own_height(history: HistoryBuilder) -> None:
    run = history.run()
    side = history.branch(run, on=history.tip)
    for _ in range(3):
        history.append(history.run("bot"), by="bot")
    merge = history.claims[history.merge(side, by="bot")]
    revoke(history, "alice", merge.height)
    line = found(history, run.name)
    assert (line.entry.height, line.entry.accepted.height) == (3, merge.height)
    assert line.is_disputed


def test_hidden_runs_count_only_if_they_match(history: HistoryBuilder) -> None:
    run = history.run(agent="4_OTHER")
    history.append(run)
    history.append(texts.amendment(history.author(), run.name))
    lines = search(history, agent="4_DOCUMENTS")
    assert len(list(lines)) == 2
    assert lines.unlisted.withdrawn == 0


def test_other_kinds_are_listed_too(history: HistoryBuilder) -> None:
    run = history.run()
    files: list[File] = [run, texts.state(history.author(), run.name)]
    files += [texts.artifact(history.author()), texts.amendment(history.author(), run.name)]
    history.append(*files)
    proposal = history.carry(texts.withdraw_range(0, 0))
    for kind in ("state", "artifact", "amendment"):
        (line,) = search(history, kind=kind)
        assert line.record.kind == kind
    assert listed(history, kind="proposal") == [proposal.name]
    assert len(listed(history, kind="approval")) == 2
    assert listed(history, kind="tombstone") == []


def test_a_filter_that_only_runs_know_is_refused_for_other_kinds(history: HistoryBuilder) -> None:
    with pytest.raises(UsageError, match="only runs have inputs"):
        search(history, kind="state", inputs=("x",))


def test_since_stops_where_nothing_newer_can_come(history: HistoryBuilder) -> None:
    for _ in range(3):
        history.append(history.run())
    history.seconds += 7200
    recent = history.run()
    history.append(recent)
    lines = search(history, since=texts.time_text(history.seconds - 3600))
    assert [line.record.record_id for line in lines] == [recent.name]
    read = {oid for oid in lines.reader._raw if oid in history.claims}
    assert len(read) <= 3


def test_since_passes_over_records_that_were_recorded_late(history: HistoryBuilder) -> None:
    late = history.run()
    since = texts.time_text(history.seconds)
    history.seconds += 7200
    history.append(late)  # a record of two hours ago
    assert listed(history, since=since) == []
    assert listed(history, until=since)[0] == late.name


def test_an_entry_of_broken_form_is_counted_not_hidden(history: HistoryBuilder) -> None:
    draft = history.draft(history.run())
    history.land(draft.headers + b"encoding x\n\n" + draft.message, draft)
    good = history.run()
    history.append(good)
    lines = search(history)
    assert next(iter(lines)).record.record_id == good.name
    assert len(list(lines)) == 3
    assert lines.unlisted.unreadable == 1


def test_a_record_of_broken_form_is_counted(history: HistoryBuilder) -> None:
    history.append(history.run().edited('"SUCCESS"', '"PERFECT"'), history.run())
    lines = search(history)
    assert len(list(lines)) == 3
    assert lines.unlisted.unreadable == 1


def test_a_tip_without_a_readable_policy_is_an_error(history: HistoryBuilder) -> None:
    root = history.objects.put("tree", b"100755 x\0" + bytes(range(20)))
    history.commit(history.draft(tree=root))
    with pytest.raises(StorageError, match="run gitprov verify") as caught:
        list(search(history))
    assert caught.value.code is Code.TREE_FORM
    history.land(b"tree none\nparent " + history.tip.encode() + b"\n\nodd\n", history.draft())
    with pytest.raises(StorageError, match="names no tree"):
        list(search(history))


def test_a_ledger_of_nothing_but_its_genesis_has_no_runs(history: HistoryBuilder) -> None:
    reader = entries_of(history)
    genesis = list(reader.newest_first(history.tip))[-1].oid
    history.rewind(genesis)
    assert listed(history) == []
