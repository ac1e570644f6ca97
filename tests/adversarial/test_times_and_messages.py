# ruff: noqa: N802 - a case's name carries its id
"""Times, object ids and messages again, and entries that come from elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import signed_with_part, with_message
from tests.support.history import OTHER_ID, HistoryBuilder
from tests.support.people import DAY, EXPIRY

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
FORM = Code.COMMIT_FORM
PASS = Outcome(Verdict.PASS)
ISSUER, NOTATION = 16, 20


def _time(number: str, words: str, construct: str, seconds: bytes) -> None:
    """Take in a case that writes the time in another way."""

    def build(history: HistoryBuilder) -> None:
        signed_with_part(history, b"> %d +0000" % history.seconds, b"> " + seconds)

    build.__name__ = f"case_C_{number}_{words}"
    build.__doc__ = construct
    refused(Code.COMMIT_FORM)(build)


_time("76", "negative", "A time before 1970.", b"-1 +0000")
_time("76", "beyond_9999", "A time after the year 9999.", b"253402300800 +0000")
_time("76", "huge", "A time of 40 digits.", b"1" * 40 + b" +0000")
_time("76", "leading_zero", "A time with a leading zero.", b"01730000180 +0000")
_time("76", "other_zone", "Another time zone.", b"1730000180 +0100")
_time("76", "minus_zero", "The time zone -0000.", b"1730000180 -0000")
_time("76", "fraction", "A time with a fraction.", b"1730000180.0 +0000")


@refused(Code.CLOCK)
def case_C_77_earlier_than_its_parent(history: HistoryBuilder) -> None:
    """An entry dated one second before its parent."""
    seconds = history.claims[history.tip].seconds - 1
    history.commit(history.draft(history.run(), seconds=seconds))


@SURFACE.case(Outcome(Verdict.UNKNOWN, Code.CLOCK), Outcome(Verdict.FAIL, Code.CLOCK))
def case_C_77_eleven_minutes_ahead(history: HistoryBuilder) -> None:
    """An entry dated eleven minutes after the judge's clock."""
    history.now = history.seconds - 660
    history.append(history.run())


@accepted()
def case_C_77_ten_minutes_ahead(history: HistoryBuilder) -> None:
    """An entry dated ten minutes after the judge's clock."""
    history.now = history.seconds - 600
    history.append(history.run())


@refused(Code.COMMIT_FORM)
def case_C_78_upper_case_tree(history: HistoryBuilder) -> None:
    """A tree in upper-case hex digits."""
    draft = history.draft(history.run())
    draft.tree = draft.tree.upper()
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_78_short_tree(history: HistoryBuilder) -> None:
    """A tree of 39 digits."""
    signed_with_part(history, b"tree ", b"tree")


@refused(Code.COMMIT_FORM)
def case_C_78_sha256_parent(history: HistoryBuilder) -> None:
    """A parent of 64 digits."""
    signed_with_part(history, history.tip.encode(), b"ab" * 32)


def _message(number: str, words: str, construct: str, code: Code, old: str, new: str) -> None:
    """Take in a case that changes the message, signed as it then stands."""

    def build(history: HistoryBuilder) -> None:
        with_message(history, old.encode(), new.encode())

    build.__name__ = f"case_C_{number}_{words}"
    build.__doc__ = construct
    refused(code)(build)


_message("79", "status", "The subject says FAILED.", FORM, "SUCCESS", "FAILED")
_message("79", "agent", "The subject names another agent.", FORM, "4_DOCU", "5_DOCU")
_message("79", "text", "A line of text before the trailers.", FORM, "\n\n", "\n\nhello\n\n")
_message("79", "blank_line", "A second blank line.", FORM, "\n\n", "\n\n\n")
_message("79", "trailing_space", "A space behind a trailer.", FORM, "Policy: 1", "Policy: 1 ")
_message("79", "order", "Trailers in lower case.", FORM, "Gitprov-Policy", "gitprov-policy")
_message("79", "zero", "A height with a leading zero.", FORM, "Height: 3", "Height: 03")
_message("79", "trailer", "A trailer of its own.", FORM, "\nRun-Id", "\nSigned-off-by: x\nRun-Id")
_message("79", "no_run", "The Run-Id is left out.", FORM, "\nRun-Id: 0", "\nRan-Id: 0")
_message("80", "policy", "Another policy's number.", Code.REPLAY, "Policy: 1", "Policy: 2")
_message("80", "ledger", "Another ledger's id.", Code.REPLAY, "4d0a5cf6", "5d0a5cf6")
_message("80", "huge", "A height of 16 digits.", Code.REPLAY, "Height: 3", f"Height: {10**15}")


@refused(Code.COMMIT_FORM)
def case_C_81_other_run(history: HistoryBuilder) -> None:
    """The trailer Run-Id names another run."""
    run = history.run()
    draft = history.draft(run)
    other = history.run().name.encode()
    draft.message = draft.message.replace(b"Run-Id: " + run.name.encode(), b"Run-Id: " + other)
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_81_further_run(history: HistoryBuilder) -> None:
    """A second Run-Id, of a run that is not in the entry."""
    draft = history.draft(history.run())
    draft.message += b"Run-Id: " + history.run().name.encode() + b"\n"
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_81_code_commit_that_no_run_names(history: HistoryBuilder) -> None:
    """A Code-Commit that no run of the entry names."""
    draft = history.draft(history.run())
    draft.message += b"Code-Commit: " + b"ab" * 20 + b"\n"
    history.commit(draft)


@refused(Code.REPLAY)
def case_C_82_entry_of_another_ledger(history: HistoryBuilder) -> None:
    """The same owners' entry of another ledger, put on top of this one."""
    mine, history.ledger_id = history.ledger_id, OTHER_ID
    draft = history.draft(history.run())
    history.ledger_id = mine
    history.commit(draft)


@refused(Code.KEY_REVOKED)
def case_C_83_revoked_by_its_certificate(history: HistoryBuilder) -> None:
    """A key signs whose certificate on the ledger carries a revocation, dated later."""
    policy = history.policy.with_signer(history.signer("lost"))
    history.change(policy, history.certificate("lost", moment="revoked"))
    history.append(history.run(), by="lost")


@accepted()
def case_C_84_replaced_certificate(history: HistoryBuilder) -> None:
    """A key that was renewed in time signs after its first certificate has expired."""
    history.old = history.change(None, history.certificate("passing", 2, "renewed"))
    history.seconds = EXPIRY + 2 * DAY
    history.now = EXPIRY + 3 * DAY
    history.append(history.run(), by="passing")


@refused(Code.COMMIT_FORM)
def case_C_85_tip_is_a_tag(history: HistoryBuilder) -> str:
    """The ref names a tag."""
    text = f"object {history.tip}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nx\n"
    history.tip = history.objects.put("tag", text.encode())
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_85_tip_is_a_blob(history: HistoryBuilder) -> str:
    """The ref names a blob."""
    history.tip = history.objects.put("blob", b"x")
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_86_no_header_at_all(history: HistoryBuilder) -> str:
    """A commit of three letters."""
    history.tip = history.objects.put("commit", b"abc")
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_87_empty_commit(history: HistoryBuilder) -> str:
    """A commit of no bytes."""
    history.tip = history.objects.put("commit", b"")
    return history.tip


@refused(Code.STORE_CORRUPT)
def case_C_88_parent_is_missing(history: HistoryBuilder) -> None:
    """The parent is not there."""
    draft = replace(history.draft(history.run()), parents=("12" * 20,))
    history.commit(draft)
