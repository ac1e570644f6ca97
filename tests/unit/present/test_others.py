"""Small renderings: receipts, notes, doctors, refused pushes, hidden records."""

from __future__ import annotations

from gitprov.errors import Code
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.finding import error, warning
from gitprov.model.push import RefUpdate
from gitprov.model.receipt import Receipt, RecordState
from gitprov.present.doctor import doctor_lines, doctor_mapping
from gitprov.present.log import hidden_text
from gitprov.present.notes import checked_lines, notes_mapping, rebuilt_lines
from gitprov.present.push_refusal import printed, refusal_lines
from gitprov.present.receipts import receipt_line, receipt_mapping
from gitprov.service.notes.derive import NoteDifferences
from gitprov.service.read.query_log import Unlisted
from gitprov.service.server.judge_push import JudgedRef

OID = "ab" * 20
REMEDY = "run gitprov pull, then gitprov push; a ledger never moves backwards"


def test_a_receipt_says_where_the_record_is() -> None:
    landed = Receipt("id", OID, 4, RecordState.RECORDED)
    assert receipt_line(landed) == "recorded id in entry abababababab at height 4"
    assert receipt_mapping(landed)["run_id"] == landed.run_id == "id"
    waiting = Receipt("id", None, None, RecordState.SPOOLED)
    assert receipt_line(waiting) == "waiting id in the spool; append it with: gitprov flush"


def test_notes_that_differ_are_named() -> None:
    good, bad = NoteDifferences((), (), (), 3), NoteDifferences((OID,), (), (), 3)
    assert list(checked_lines(good)) == ["the notes of 3 commits are as the ledger yields them"]
    assert list(rebuilt_lines(good)) == ["the notes of 3 commits were right already"]
    assert list(rebuilt_lines(bad))[-1] == "fixed 1 of 3 notes"
    assert notes_mapping(bad)["count"] == 1


def test_a_doctor_names_the_remedy_and_counts() -> None:
    found = [
        Diagnosis("spool", Health.GOOD, "nothing waits"),
        Diagnosis("spool", Health.PROBLEM, "a lock is stale", "rm lock"),
    ]
    lines = list(doctor_lines(found, lambda text, _color: text))
    assert lines[0] == "spool"
    assert lines[3] == "           fix: rm lock"
    assert lines[-1] == "1 ok, 1 problem"
    assert doctor_mapping(found)["health"] is Health.PROBLEM


def test_a_refused_push_lists_reasons_once_and_the_first_remedy() -> None:
    update = RefUpdate(OID, "cd" * 20, "refs/gitprov/ledger")
    findings = (error(Code.NON_FF, "it goes back"), warning(Code.LINK, "a commit is gone"))
    lines = list(refusal_lines([JudgedRef(update, findings)]))
    assert lines == [
        "GPV-409-NON-FF refs/gitprov/ledger: it goes back",
        f"refused, nothing has changed; {REMEDY}",
    ]


def test_a_long_refusal_is_cut() -> None:
    update = RefUpdate(OID, "cd" * 20, "refs/gitprov/ledger")
    judged = JudgedRef(update, tuple(error(Code.SCHEMA, f"no {n}") for n in range(30)))
    assert "and 10 more" in list(refusal_lines([judged]))


def test_what_a_pusher_reads_steers_no_terminal() -> None:
    assert printed("a\x1b[31m\n", for_gitlab=True) == "GL-HOOK-ERR: gitprov: a\\x1b[31m\\x0a"
    assert printed("x" * 700, for_gitlab=False).endswith("x...")


def test_hidden_records_are_counted() -> None:
    assert hidden_text(Unlisted()) == ""
    assert hidden_text(Unlisted(disputed=2)) == "not shown: 2 disputed; --all shows them"
