"""The corpus as a whole: every listed case has a test, and the document says what they hold."""

from __future__ import annotations

from collections import Counter

from tests.support.generate_attacks import DOCUMENT, render, rows

LISTED = {
    "C": "00 01 03 04 06 07 09 10 12 13 15 16 18 19 21 22 24 25 27 28 30 31 33 34 36 37 39 40 42"
    " 43 45 48 49 51 52",
    "T": "00 01 03 04 06 07 09 10 12 13 16 19 21 22 24 25",
    "R": "00 01 03 04 06 07 09 10 12 13 15 16 18 19 21 22 24 25 27 28 31 33 34 36 37",
    "K": "00 01 03 04 06 07 09 10 12 13 15 16 18 19 21",
    "P": "01 03 04 06 07 09 10 12 13 18 21 22 24 25 28 30 33",
    "N": "00 01 03 04 06 07 10",
    "V": "01 03 04 06 07 09 10 12 13 16 18 19 21 22",
    "X": "01 03 04 06 07 09 10 16",
}
"""The numbered cases of the threat model that a ledger, a push or a command shows."""


def test_every_listed_case_has_a_test() -> None:
    tested = {row.case_id for row in rows()}
    listed = {f"{surface}-{number}" for surface, all_ in LISTED.items() for number in all_.split()}
    assert sorted(listed - tested) == []


def test_every_case_says_what_it_does_and_is_one_of_a_kind() -> None:
    found = rows()
    assert [row.test for row in found if len(row.construct) < 8] == []
    assert [test for test, count in Counter(row.test for row in found).items() if count > 1] == []


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render()
