"""What is shown of a record: itself as stored, its entry as judged now, what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code, StorageError, UsageError
from gitprov.model.finding import Verdict
from gitprov.service.read.show_record import RecordViewer, ShownRecord
from tests.support import record_texts as texts
from tests.support.history import HistoryBuilder
from tests.support.judgement import engine_of
from tests.support.reading import entries_of, shown

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def record(history: HistoryBuilder, text: str) -> ShownRecord:
    found = shown(history, text).record
    assert found is not None
    return found


def test_a_run_is_shown_as_stored_with_a_judged_entry(history: HistoryBuilder) -> None:
    run = history.run("bot")
    oid = history.append(run, by="bot")
    for _ in range(5):
        history.append(history.run())
    found = record(history, run.name)
    assert found.content == run.text
    assert found.carrier.entry.oid == oid
    assert (found.carrier.verdict, found.carrier.findings) == (Verdict.PASS, ())
    assert found.carrier.signer is not None
    assert found.carrier.signer.key == history.people.fingerprint("bot")
    assert (found.amendments, found.is_withdrawn, found.expunged_by) == ((), False, None)


def test_the_genesis_and_a_merged_branch_are_judged_in_their_places(
    history: HistoryBuilder,
) -> None:
    side = history.branch(history.run("bot"), by="bot")
    history.append(history.run())
    merge = history.merge(side)
    genesis = list(entries_of(history).newest_first(history.tip))[-1].oid
    for oid in (genesis, side, merge):
        assert shown(history, oid).carrier.verdict is Verdict.PASS
    assert not shown(history, side).carrier.entry.is_mainline


def test_a_merge_of_what_was_there_is_found_out(history: HistoryBuilder) -> None:
    old = history.tip
    history.append(history.run())
    bad = history.merge(old)
    carrier = shown(history, bad).carrier
    assert carrier.verdict is Verdict.FAIL
    assert Code.NON_FF in {finding.code for finding in carrier.findings}


def test_an_entry_shows_what_it_added(history: HistoryBuilder) -> None:
    run = history.run()
    state = texts.state(history.author(), run.name)
    answer = shown(history, history.append(run, state))
    assert answer.record is None
    assert answer.paths == tuple(sorted((run.path, state.path)))


def test_an_entry_of_one_record_shows_the_record(history: HistoryBuilder) -> None:
    run = history.run()
    answer = shown(history, history.append(run)[:12])
    assert answer.record is not None
    assert answer.record.file.record_id == run.name
    assert answer.paths == (run.path,)


def test_an_unsigned_entry_is_shown_and_fails(history: HistoryBuilder) -> None:
    run = history.run()
    draft = history.draft(run)
    history.land(draft.headers + b"\n" + draft.message, draft)
    found = record(history, run.name)
    assert found.carrier.verdict is Verdict.FAIL
    assert found.carrier.findings[0].code is Code.UNSIGNED
    assert found.carrier.signer is None


def test_a_stranger_is_no_signer(history: HistoryBuilder) -> None:
    run = history.run()
    history.append(run, by="mallory")
    carrier = record(history, run.name).carrier
    assert (carrier.signer, carrier.verdict) == (None, Verdict.FAIL)


def test_a_record_of_broken_form_is_shown_as_bytes(history: HistoryBuilder) -> None:
    run = history.run().edited('"SUCCESS"', '"PERFECT"')
    history.append(run)
    found = record(history, run.name)
    assert (found.record, found.content) == (None, run.text)
    assert found.carrier.verdict is Verdict.FAIL


def test_amendments_are_shown_in_the_order_of_their_acceptance(history: HistoryBuilder) -> None:
    run = history.run()
    base = history.append(run)
    older = texts.amendment(history.author(), run.name, '  agent_version: "1"\n')
    newer = texts.amendment(history.author(), run.name, '  agent_version: "2"\n')
    history.append(newer)
    side = history.branch(older, on=base)
    history.merge(side)
    found = record(history, run.name)
    assert [each.place.record.amendment_id for each in found.amendments] == [newer.name, older.name]
    assert [each.entry.oid == side for each in found.amendments] == [False, True]
    assert found.run is not None
    assert found.run.current.agent_version == "1"
    assert found.run.recorded.agent_version is None


def test_a_withdrawn_run_says_so(history: HistoryBuilder) -> None:
    run = history.run()
    history.append(run, texts.amendment(history.author(), run.name))
    assert record(history, run.name).is_withdrawn


def test_a_disputed_run_says_so_and_still_passes(history: HistoryBuilder) -> None:
    run = history.run()
    height = history.claims[history.append(run)].height
    key = history.people.fingerprint("alice")
    signer = next(s for s in history.policy.signers if s.key == key)
    history.change(history.policy.with_signer(replace(signer, revoked_from=height)))
    carrier = record(history, run.name).carrier
    assert carrier.is_disputed
    assert carrier.verdict is Verdict.PASS


def test_an_expunged_artifact_names_the_decision(history: HistoryBuilder) -> None:
    artifact = texts.artifact(history.author())
    history.append(artifact)
    assert record(history, artifact.name).expunged_by is None
    proposal = history.carry(texts.expunge(f"sha256:{texts.DIGEST}"))
    history.enact(proposal, texts.tombstone(history.author("o1"), proposal))
    assert record(history, artifact.name).expunged_by == proposal.name
    kinds = [file.kind for file in record(history, proposal.name).others]
    assert kinds == ["enactment", "tombstone"]
    assert record(history, f"tombstone:{proposal.name}").others == ()


def test_raw_is_what_is_stored(history: HistoryBuilder) -> None:
    run = history.run()
    oid = history.append(run)
    viewer = RecordViewer(entries_of(history), engine_of("sequoia"), history.tip, history.now)
    assert viewer.raw(run.name) == run.text
    assert viewer.raw(oid) == history.objects.content(oid)
    with pytest.raises(UsageError):
        viewer.raw("f" * 40)


def test_an_unknown_id_is_told(history: HistoryBuilder) -> None:
    with pytest.raises(UsageError) as caught:
        shown(history, "01a1c506-70fb-7e97-b00d-1c0ffee00123")
    assert caught.value.code is Code.LINK


def test_a_missing_blob_is_told_as_what_it_is(history: HistoryBuilder) -> None:
    run = history.run()
    history.append(run)
    blob = history.objects.put("blob", run.text)
    history.objects.file_of(blob).unlink()
    with pytest.raises(StorageError) as caught:
        shown(history, run.name)
    assert caught.value.code is Code.STORE_CORRUPT


def test_a_policy_that_cannot_be_read_keeps_no_record_from_being_shown(
    history: HistoryBuilder,
) -> None:
    run = history.run()
    history.append(run)
    bad = history.next_policy(history.policy).edited("threshold: 2", "threshold: 9")
    history.append(bad)
    assert record(history, run.name).content == run.text
