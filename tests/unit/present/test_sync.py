"""Pulls, pushes and reappends in words."""

from __future__ import annotations

import pytest

from gitprov.model.reappended import LeftBehind, Reappended
from gitprov.model.synced import Pulled, Pushed
from gitprov.present.sync import (
    entries_text,
    pulled_lines,
    pulled_mapping,
    pushed_lines,
    pushed_mapping,
    reappended_lines,
)

OID = "ab" * 20


def pulled(stand: str, *, moved: bool = False, entries: int = 0, to_send: int = 0) -> Pulled:
    records = {"run": 2} if entries else {}
    return Pulled("origin", stand, moved, OID, 7, entries, records, to_send)


def test_entries_are_counted_with_their_records() -> None:
    assert entries_text(3, {"run": 5, "state": 1}) == "3 entries (5 runs, 1 state)"
    assert entries_text(1, {}) == "1 entry"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pulled("equal"), ["origin is at abababababab, height 7; nothing new there"]),
        (
            pulled("equal", moved=True, entries=1),
            [
                "origin is at abababababab, height 7; 1 entry (2 runs) judged: pass",
                "the ledger here follows it",
            ],
        ),
    ],
)
def test_a_pull_says_what_was_new(found: Pulled, expected: list[str]) -> None:
    assert list(pulled_lines(found)) == expected


def test_a_pull_beside_names_the_way_on() -> None:
    assert "gitprov push" in list(pulled_lines(pulled("beside", to_send=2)))[-1]


def test_a_push_says_what_went_and_what_waits() -> None:
    pushed = Pushed("origin", OID, 9, 2, 1, 0, 3, moved=True, left=1, waiting=1)
    lines = list(pushed_lines(pushed))
    assert lines[0].startswith("sent 2 entries (1 merge among them), at attempt 3; origin is at")
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "recorded in the meantime",
        "not on the ledger yet",
    ]


def test_json_keeps_every_field() -> None:
    pushed = Pushed("origin", OID, 9, 0, 0, 0, 1, moved=False)
    assert {"remote", "verdict", "tip", "sent", "waiting"} <= pushed_mapping(pushed).keys()
    assert pulled_mapping(pulled("equal"))["verdict"] == "pass"


def test_a_reappend_names_what_stays_behind() -> None:
    left = LeftBehind("runs/x.yaml", OID, "it was signed by 'Bob'")
    done = Reappended("origin", OID, "refs/gitprov/parked/x", records=1, entries=1, left=(left,))
    lines = list(reappended_lines(done))
    assert "left runs/x.yaml of abababababab: it was signed by 'Bob'" in lines
    assert next(reappended_lines(Reappended("origin", OID))).startswith("every entry here")
