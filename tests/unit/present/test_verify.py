"""How the report of a verification and receipts look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.cli.output import receipts
from gitprov.cli.output.receipts import print_receipts
from gitprov.cli.output.session import Session
from gitprov.errors import Code
from gitprov.model.finding import error, warning
from gitprov.model.receipt import Notice, Receipt, RecordState
from gitprov.model.report import Report
from gitprov.present.receipts import receipt_line
from gitprov.present.verify import report_lines, report_mapping

OID = "ab" * 20
PLAIN = Session("never")
GOOD = Report("the-id", "cd" * 20, OID, 7, 8, {"run": 5, "state": 1}, {"F": 8}, 2, True, "sequoia")


def lines(report: Report, since: int | None = None, session: Session = PLAIN) -> list[str]:
    return list(report_lines(report, since, session.styled))


def test_a_good_report_says_what_was_checked() -> None:
    assert lines(replace(GOOD, seconds=1.25)) == [
        "ledger   the-id",
        f"tip      {OID} at height 7",
        "checked  8 entries: 5 runs, 1 state",
        "by       policy 2, engine sequoia, 1.2 s",
        f"genesis  {'cd' * 20}, compared with the pinned one",
        "verdict  pass: every entry checked keeps the rules",
    ]


def test_what_was_left_out_is_said() -> None:
    shown = lines(replace(GOOD, pinned=False, records={}), since=3)
    assert "checked  8 entries, those above height 3 only: no records" in shown
    assert any("NOT pinned" in line for line in shown)


def test_every_finding_has_a_line_with_its_severity() -> None:
    findings = (
        replace(error(Code.UNSIGNED, "no\nsignature"), entry=OID),
        error(Code.SIGNER, "gpg is missing"),
        warning(Code.LINK, "gone", "runs/x\x1b"),
    )
    shown = lines(replace(GOOD, findings=findings))
    assert shown[:4] == [
        "GPV-401-UNSIGNED abababababab: no\\u000asignature",
        "GPV-503-SIGNER: gpg is missing (unknown)",
        "GPV-404-LINK runs/x\\u001b: gone (warning)",
        "",
    ]
    assert shown[-1].startswith("verdict  fail (1 error, 1 unknown, 1 warning): ")


def test_a_report_of_nothing_shows_its_verdict_only() -> None:
    empty = Report(None, None, None, -1, 0, {}, {}, 0, False, "none", (error(Code.NO_LEDGER, "x"),))
    assert [line.partition(":")[0] for line in lines(empty)] == [
        "GPV-404-NO-LEDGER",
        "",
        "verdict  fail (1 error)",
    ]
    unknown = replace(empty, findings=(error(Code.REPO_UNSUPPORTED, "x"),))
    assert "unknown" in lines(unknown)[-1]


def test_a_report_whose_genesis_is_not_known_says_so() -> None:
    shown = lines(replace(GOOD, ledger_id=None, genesis=None, pinned=False))
    assert shown[0] == "ledger   of unknown id"
    assert shown[4].startswith("genesis  unknown, NOT pinned")


def test_only_the_verdict_has_a_colour() -> None:
    shown = lines(GOOD, session=Session("always"))
    assert [line for line in shown if "\x1b" in line] == [shown[-1]]
    assert "\x1b[32m" in shown[-1]


def test_auto_minds_the_terminal_and_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Session("auto").is_colored()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert Session("auto").is_colored()
    monkeypatch.setenv("NO_COLOR", "")
    assert Session("auto").is_colored()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Session("auto").is_colored()
    assert Session("always").is_colored()


def test_the_mapping_has_every_field() -> None:
    mapping = report_mapping(replace(GOOD, findings=(error(Code.UNSIGNED, "m", "p"),)))
    assert list(mapping) == [
        *("verdict", "ledger_id", "genesis", "tip", "height", "entries", "records", "signers"),
        *("policy", "pinned", "engine", "findings", "seconds", "remotes"),
    ]
    assert mapping["findings"] == [
        {
            "code": "GPV-401-UNSIGNED",
            "severity": "error",
            "entry": None,
            "height": None,
            "path": "p",
            "message": "m",
        }
    ]


def test_a_receipt_is_one_line() -> None:
    recorded = Receipt("the-run", OID, 3, RecordState.RECORDED)
    known = replace(recorded, state=RecordState.ALREADY_RECORDED)
    waiting = Receipt("the-run", None, None, RecordState.SPOOLED)
    assert [receipt_line(receipt) for receipt in (recorded, known, waiting)] == [
        "recorded the-run in entry abababababab at height 3",
        "already recorded the-run in entry abababababab at height 3",
        "waiting the-run in the spool; append it with: gitprov flush",
    ]


def test_receipts_are_printed_until_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []

    def out(line: str) -> bool:
        printed.append(line)
        return len(printed) < 2

    monkeypatch.setattr(receipts, "out", out)
    waiting = [Receipt(f"r{n}", None, None, RecordState.SPOOLED) for n in range(5)]
    print_receipts("record", waiting, as_json=False, as_jsonl=False)
    assert [line.split()[:2] for line in printed] == [["waiting", "r0"], ["waiting", "r1"]]


def test_a_warning_of_many_receipts_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    notice = Notice("GPV-503-SIGNER", "locked")
    waiting = [Receipt(f"r{n}", None, None, RecordState.SPOOLED, (notice,)) for n in range(3)]
    print_receipts("record", waiting, as_json=False, as_jsonl=False)
    out, err = capsys.readouterr()
    assert [line.split()[1] for line in out.splitlines()] == ["r0", "r1", "r2"]
    assert err == "gitprov: warning: GPV-503-SIGNER: locked\n"
    print_receipts("record", waiting, as_json=True, as_jsonl=False)
    print_receipts("record", waiting, as_json=False, as_jsonl=True)
    out, err = capsys.readouterr()
    assert (out.count("\n"), err.count("locked")) == (4, 2)


def test_a_genesis_that_was_not_found_was_compared_with_nothing() -> None:
    shown = lines(replace(GOOD, genesis=None))
    assert "genesis  unknown, so it was not compared with the pinned one" in shown
