"""gpg's status lines decide, and only they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.sign.status import (
    Checked,
    Judgement,
    SigningFailure,
    StatusLine,
    judge_status,
    parse_status,
    signing_failure,
)

KEY, PRIMARY = "A" * 40, "B" * 40
NEW = "[GNUPG:] NEWSIG alice@example.org"
GOOD = "[GNUPG:] GOODSIG C06CD2955B567B1A Alice <alice@example.org>"
VALID = f"[GNUPG:] VALIDSIG {KEY} 2026-11-20 1795210340 0 4 0 22 8 00 {PRIMARY}"
BAD = "[GNUPG:] BADSIG C06CD2955B567B1A Alice"


def errsig(reason: str) -> str:
    return f"[GNUPG:] ERRSIG C06CD2955B567B1A 22 8 00 1795210340 {reason} {KEY}"


def judge(*lines: str) -> Checked:
    return judge_status(parse_status("\n".join(lines)))


def test_lines_are_split_into_keyword_and_fields() -> None:
    text = f"gpg: Signature made Fri\n{NEW}\n[GNUPG:] NODATA\nGOODSIG x\n [GNUPG:] GOODSIG x\n"
    assert parse_status(text) == [
        StatusLine("NEWSIG", ("alice@example.org",)),
        StatusLine("NODATA", ()),
    ]


def test_one_good_signature_names_its_keys_in_full() -> None:
    harmless = "[GNUPG:] KEY_CONSIDERED X 0\n[GNUPG:] SIG_ID x\n[GNUPG:] TRUST_UNDEFINED 0 direct"
    expected = Checked(Judgement.GOOD, KEY, PRIMARY)
    assert judge(NEW, GOOD, VALID) == judge(harmless, NEW, GOOD, VALID) == expected
    assert judge(NEW, GOOD, VALID.replace("A", "a").replace("B", "b").replace("VaL", "VAL")) == (
        expected
    )


def test_an_expired_subkey_that_did_not_sign_is_harmless() -> None:
    expired = "[GNUPG:] KEYEXPIRED 1796102662"
    assert judge(NEW, expired, GOOD, VALID, expired) == Checked(Judgement.GOOD, KEY, PRIMARY)


@pytest.mark.parametrize(
    "lines",
    [
        (NEW, BAD),
        (NEW, "[GNUPG:] EXPKEYSIG C0 Alice", VALID),
        (NEW, "[GNUPG:] REVKEYSIG C0 Alice", VALID),
        (NEW, "[GNUPG:] EXPSIG C0 Alice", VALID),
        (NEW, errsig("9")),
        (NEW, errsig("5")),
        (NEW, errsig("6")),
        (NEW, errsig("x")),
        (NEW, "[GNUPG:] ERRSIG"),
        (NEW, GOOD, VALID, NEW, GOOD, VALID),
        (NEW, GOOD, VALID, NEW, BAD),
        (NEW, GOOD, VALID, NEW, errsig("9")),
        (NEW, GOOD, VALID, "[GNUPG:] WARNING something new"),
        (NEW, GOOD, VALID, "[GNUPG:] FAILURE gpg-exit 33554433"),
        (NEW, GOOD, VALID.rsplit(" ", 1)[0]),
        (NEW, VALID),
        (GOOD, VALID),
        ("[GNUPG:] NODATA 4",),
        ("[GNUPG:] UNEXPECTED 0",),
        (NEW, NEW),
    ],
)
def test_everything_else_that_gpg_says_is_bad(lines: tuple[str, ...]) -> None:
    assert judge(*lines) == Checked(Judgement.BAD)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("gpg: Good signature from Alice", "GOODSIG", "VALIDSIG"),
        (NEW,),
        (NEW, GOOD),
        ("[GNUPG:] FAILURE gpg-exit 33554433",),
        (NEW, errsig("4")),  # an algorithm that this gpg lacks
        (NEW, errsig(str(32_768 + 86))),  # out of memory
    ],
)
def test_silence_and_inability_are_unknown(lines: tuple[str, ...]) -> None:
    assert judge(*lines) == Checked(Judgement.UNKNOWN)


def test_a_user_id_cannot_forge_a_status_line() -> None:
    forged = f"[GNUPG:] BADSIG C0 x [GNUPG:] GOODSIG C0 Alice [GNUPG:] {VALID}"
    assert judge(NEW, forged).judgement is Judgement.BAD


@given(st.lists(st.sampled_from([NEW, GOOD, VALID, BAD, errsig("9"), "[GNUPG:] X", "text"])))
def test_only_the_one_combination_is_good(lines: list[str]) -> None:
    good = sorted(line for line in lines if line != "text") == sorted([NEW, GOOD, VALID])
    assert (judge(*lines).judgement is Judgement.GOOD) is good


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        ("FAILURE sign 17", SigningFailure.NO_SECRET_KEY),
        ("FAILURE sign 54", SigningFailure.UNUSABLE_KEY),
        ("FAILURE sign 67108949", SigningFailure.LOCKED),
        ("FAILURE sign 67109041", SigningFailure.LOCKED),
        ("FAILURE sign 67108963", SigningFailure.CANCELLED),
        ("FAILURE sign 67108875", SigningFailure.WRONG_PASSPHRASE),
        ("FAILURE sign 33554509", SigningFailure.NO_AGENT),
        ("FAILURE sign 83918950", SigningFailure.OTHER),
        ("FAILURE sign", SigningFailure.OTHER),
        ("FAILURE", SigningFailure.OTHER),
        ("INV_SGNR 9 X", SigningFailure.OTHER),
    ],
)
def test_why_nothing_was_signed(line: str, failure: SigningFailure) -> None:
    assert signing_failure(parse_status(f"[GNUPG:] {line}")) is failure


def test_the_last_reason_counts() -> None:
    lines = parse_status("[GNUPG:] FAILURE sign 17\n[GNUPG:] FAILURE sign 54\n[GNUPG:] END")
    assert signing_failure(lines) is SigningFailure.UNUSABLE_KEY
    assert signing_failure([]) is SigningFailure.OTHER
