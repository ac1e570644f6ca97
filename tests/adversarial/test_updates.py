"""What an update of the ref may do, beside what each of its entries may do."""

from __future__ import annotations

from gitprov.errors import Code
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.view import LedgerView
from gitprov.service.verify.update import Update, UpdateVerdict, judge_update
from tests.support.history import HistoryBuilder, usual_rules
from tests.support.judgement import engine_of, reader_of


def judge(history: HistoryBuilder, update: Update, *, accepting: bool = True) -> UpdateVerdict:
    access = LedgerAccess(reader_of(history.path), engine_of("sequoia"), None)
    view = LedgerView(access.reader, access.engine)
    return judge_update(access, view, update, history.now, accepting=accepting)


def codes(verdict: UpdateVerdict) -> list[Code]:
    return [finding.code for finding in verdict.findings]


def test_an_update_counts_what_it_brings(history: HistoryBuilder) -> None:
    old = history.tip
    history.append(history.run("alice"), history.run("alice"))
    history.append(history.run("bot"), by="bot")
    verdict = judge(history, Update(old, history.tip))
    assert verdict.findings == ()
    assert (verdict.entries, verdict.records) == (2, {"run": 3})
    assert verdict.ledger_id == history.ledger_id


def test_a_rewind_is_refused(history: HistoryBuilder) -> None:
    old = history.tip
    history.append(history.run("alice"))
    assert codes(judge(history, Update(history.tip, old))) == [Code.NON_FF]


def test_the_old_tip_as_second_parent_is_refused(history: HistoryBuilder) -> None:
    base = history.tip
    ours = history.append(history.run("alice"))
    theirs = history.branch(history.run("bot"), by="bot", on=base)
    merged = history.merge(ours, on=theirs)
    assert codes(judge(history, Update(ours, merged))) == [Code.NON_FF]
    assert codes(judge(history, Update(theirs, merged))) == []


def test_a_first_push_brings_the_pinned_genesis(history: HistoryBuilder) -> None:
    whole = judge(history, Update(None, history.tip))
    assert (codes(whole), whole.entries) == ([], 3)
    other = judge(history, Update(None, history.tip, genesis="12" * 20))
    assert codes(other) == [Code.ROLLBACK]


def test_a_new_root_is_no_way_forward(history: HistoryBuilder) -> None:
    old = history.tip
    history.forget()
    history.found(*usual_rules(history))
    found = judge(history, Update(old, history.tip)).findings
    assert {finding.code for finding in found} == {Code.NON_FF, Code.REPLAY}
