"""V14 and V16: what a merge may do, and what a verifier remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gitprov.errors import Code
from gitprov.guard.merge import check_branch_kinds, check_merge
from gitprov.guard.pins import Pin, check_pins
from gitprov.model.entry import AddedFile

OID, OTHER = "1" * 40, "2" * 40


@dataclass
class Change:
    """How a merge's tree differs from its parents'."""

    added: list[AddedFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    from_second: bool = True


def test_an_exact_union_is_good() -> None:
    assert check_merge(Change(), related=False) == []


@pytest.mark.parametrize(
    "change",
    [
        Change(added=[AddedFile("a", OID)]),
        Change(removed=["a"]),
        Change(altered=["a"]),
        Change(removed=["a"], from_second=False),
    ],
)
def test_any_other_tree_is_a_rewrite(change: Change) -> None:
    found = check_merge(change, related=False)
    assert [(f.code, f.path) for f in found] == [(Code.MERGE_REWRITE, "a")]


def test_every_path_is_named() -> None:
    change = Change([AddedFile("a", OID)], ["b", "c"], ["d"])
    assert [f.path for f in check_merge(change, related=False)] == ["a", "b", "c", "d"]


def test_there_must_be_something_to_merge() -> None:
    found = check_merge(Change(from_second=False), related=False)
    assert [f.code for f in found] == [Code.MERGE_REWRITE]
    for from_second in (True, False):
        found = check_merge(Change(from_second=from_second), related=True)
        assert [f.code for f in found] == [Code.NON_FF]


def test_a_branch_brings_work_and_no_governance() -> None:
    work = [("run", "a"), ("state", "b"), ("artifact", "c"), ("log", "d"), ("amendment", "e")]
    assert check_branch_kinds(work) == []
    ruling = ("policy", "key", "proposal", "approval", "enactment", "tombstone", "ledger")
    found = check_branch_kinds([*work, *((kind, kind) for kind in ruling)])
    assert [(f.code, f.path) for f in found] == [(Code.MERGE_REWRITE, kind) for kind in ruling]


def pin(tip: str = OID, height: int = 5, *, mainline: bool = False) -> Pin:
    return Pin(tip, height, mainline=mainline, origin="here")


@pytest.mark.parametrize(
    ("pinned", "pins", "places", "height", "expected"),
    [
        (None, [], {}, 5, []),
        (OID, [], {}, 5, []),
        (OTHER, [], {}, 5, [Code.ROLLBACK]),
        (None, [pin()], {OID: True}, 9, []),
        (None, [pin()], {OID: False}, 9, []),
        (None, [pin(mainline=True)], {OID: True}, 9, []),
        (None, [pin(mainline=True)], {OID: False}, 9, [Code.SPLIT_VIEW]),
        (None, [pin()], {}, 4, [Code.ROLLBACK]),
        (None, [pin()], {}, 5, [Code.SPLIT_VIEW]),
        (OTHER, [pin(), pin(OTHER)], {OID: True}, 4, [Code.ROLLBACK, Code.ROLLBACK]),
    ],
)
def test_what_is_remembered_must_be_there(
    pinned: str | None, pins: list[Pin], places: dict[str, bool], height: int, expected: list[Code]
) -> None:
    assert [f.code for f in check_pins(pinned, OID, pins, places, height)] == expected


def test_a_pin_without_a_ledger_is_a_rollback() -> None:
    found = check_pins(OID, None, [pin()], {}, -1)
    assert [f.code for f in found] == [Code.ROLLBACK, Code.ROLLBACK]
    assert "here saw height 5" in found[1].message
