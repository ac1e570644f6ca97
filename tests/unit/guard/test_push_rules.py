"""What a push may do to a guarded ref, whatever it brings."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from gitprov.guard.push_names import RefRole
from gitprov.guard.push_rules import RefState, check_move, check_place, role_in_push
from gitprov.model.finding import Finding
from gitprov.model.push import RefUpdate

LEDGER = "refs/gitprov/ledger"
BRANCH = "refs/heads/gitprov-ledger"
OLD, NEW = "1" * 40, "2" * 40


def code(finding: Finding | None) -> Code | None:
    return None if finding is None else finding.code


@pytest.mark.parametrize(
    ("name", "leads_to", "role"),
    [
        ("refs/heads/main", None, RefRole.FREE),
        ("refs/heads/main", "refs/heads/trunk", RefRole.FREE),
        ("refs/heads/main", LEDGER, RefRole.FORBIDDEN),
        ("refs/heads/main", "refs/gitprov/x", RefRole.FORBIDDEN),
        ("HEAD", LEDGER, RefRole.FORBIDDEN),
        (LEDGER, "refs/heads/main", RefRole.LEDGER),
    ],
)
def test_a_symbolic_ref_to_a_guarded_one_is_forbidden(
    name: str, leads_to: str | None, role: RefRole
) -> None:
    assert role_in_push(name, leads_to, LEDGER) is role


def test_places_where_no_ref_may_stand() -> None:
    alias = RefUpdate(OLD, NEW, "refs/heads/alias")
    by_name = check_place(alias, RefRole.FORBIDDEN, RefState(None))
    by_target = check_place(alias, RefRole.FORBIDDEN, RefState(None, LEDGER))
    assert code(by_name) == code(by_target) == Code.REF_FORBIDDEN
    assert by_target is not None
    assert LEDGER in by_target.message


def test_a_guarded_ref_is_direct_and_head_does_not_lead_to_it() -> None:
    update = RefUpdate(OLD, NEW, LEDGER)
    symbolic = RefState("ref: refs/heads/x", "refs/heads/x")
    assert code(check_place(update, RefRole.LEDGER, symbolic)) is Code.REF_FORBIDDEN
    headed = RefState(OLD, None, LEDGER)
    assert code(check_place(update, RefRole.LEDGER, headed)) is Code.REF_FORBIDDEN
    assert check_place(update, RefRole.LEDGER, RefState(None, None, "refs/heads/main")) is None


def test_a_ledger_on_a_branch_may_be_the_default_branch() -> None:
    state = RefState(OLD, None, BRANCH)
    assert check_place(RefUpdate(OLD, NEW, BRANCH), RefRole.LEDGER, state) is None


@pytest.mark.parametrize(
    ("old", "new", "value", "quarantined", "expected"),
    [
        (OLD, NEW, OLD, True, None),
        (None, NEW, None, True, None),
        (OLD, None, OLD, False, Code.REF_DELETE),
        (OLD, NEW, OLD, False, Code.INTERNAL),
        (OLD, NEW, NEW, True, Code.STALE),
        (None, NEW, OLD, True, Code.STALE),
        (OLD, NEW, None, True, Code.STALE),
    ],
)
def test_moves(
    old: str | None, new: str | None, value: str | None, quarantined: bool, expected: Code | None
) -> None:
    found = check_move(RefUpdate(old, new, LEDGER), RefState(value), is_quarantined=quarantined)
    assert code(found) is expected
