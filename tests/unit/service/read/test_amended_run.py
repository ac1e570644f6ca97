"""Amendments apply in the order of their acceptance, and never make a run that breaks rules."""

from __future__ import annotations

from typing import Any

from gitprov.codec.records import build
from gitprov.model.amendment import Amendment
from gitprov.model.run import RunRecord
from gitprov.service.read.amended_run import AcceptedAmendment, apply_amendments, iter_amendments
from tests.support import record_texts as texts
from tests.support import sample_records as samples
from tests.support.memory_ledger import MemoryLedger


def run() -> RunRecord:
    made = build(samples.run(), "run")
    assert isinstance(made, RunRecord)
    return made


def amendment(place: tuple[int, int, str] = (1, 1, ""), **changes: Any) -> AcceptedAmendment:
    mapping = samples.sample("amendment")
    if changes:
        mapping["changes"] = changes
    else:
        mapping["action"] = "WITHDRAW"
        del mapping["changes"]
    record = build(mapping, "amendment")
    assert isinstance(record, Amendment)
    return AcceptedAmendment(*place, record)


def test_without_amendments_a_run_is_as_it_was_recorded() -> None:
    amended = apply_amendments(run(), [])
    assert amended.current is amended.recorded
    assert (amended.applied, amended.broken, amended.is_withdrawn) == (0, (), False)


def test_named_fields_change_and_no_others() -> None:
    amended = apply_amendments(run(), [amendment(agent_version="2", labels={"a": "b"})])
    assert amended.current.agent_version == "2"
    assert amended.current.labels == {"a": "b"}
    assert amended.current.agent_name == amended.recorded.agent_name
    assert amended.recorded.agent_version is None
    assert amended.applied == 1


def test_the_last_accepted_wins_whatever_the_order_they_are_given_in() -> None:
    places = [(3, 2, "b"), (3, 2, "a"), (3, 1, "z"), (2, 9, "z")]
    given = [amendment(place, agent_version=str(place)) for place in places]
    for order in (given, given[::-1]):
        assert apply_amendments(run(), order).current.agent_version == "(3, 2, 'b')"


def test_a_withdrawal_marks_and_changes_nothing() -> None:
    amended = apply_amendments(run(), [amendment(), amendment((2, 2, ""), agent_version="2")])
    assert amended.is_withdrawn
    assert amended.current.agent_version == "2"
    assert amended.applied == 1


def test_an_amendment_that_would_break_the_rules_is_named_and_left_out() -> None:
    broken = amendment((1, 1, ""), error={"message": "no SUCCESS has one"})
    later = amendment((2, 2, ""), agent_version="2")
    amended = apply_amendments(run(), [broken, later])
    assert amended.broken == (broken.record.amendment_id,)
    assert amended.current.error is None
    assert amended.current.agent_version == "2"


def test_amendments_of_one_run_are_found_among_all() -> None:
    ledger = MemoryLedger()
    mine, other = ledger.run(), ledger.run()
    ledger.append(mine, other, on="")
    changes = '  agent_version: "2"\n'
    wanted = [texts.amendment(ledger.author(), mine.name) for _ in range(2)]
    wanted.append(texts.amendment(ledger.author(), mine.name, changes))
    ledger.append(*wanted, texts.amendment(ledger.author(), other.name, changes))
    found = list(iter_amendments(ledger.view, ledger.root, mine.name))
    assert [file.record_id for file, _ in found] == [file.name for file in wanted]
    assert [record.run_id for _, record in found] == [mine.name] * 3


def test_a_malformed_amendment_is_passed_over() -> None:
    ledger = MemoryLedger()
    run_file = ledger.run()
    good = texts.amendment(ledger.author(), run_file.name)
    bad = texts.amendment(ledger.author(), run_file.name).edited('"WITHDRAW"', '"ERASE"')
    ledger.append(run_file, good, bad, on="")
    found = list(iter_amendments(ledger.view, ledger.root, run_file.name))
    assert [file.record_id for file, _ in found] == [good.name]
