"""A ledger on a branch is named as one, and a work tree on that branch is a problem."""

from __future__ import annotations

from gitprov.model.diagnosis import Health
from gitprov.service.diagnose.branch import diagnose_branch

BRANCH = "refs/heads/gitprov-ledger"


def test_a_ledger_on_a_ref_of_its_own_needs_no_word() -> None:
    assert list(diagnose_branch("refs/gitprov/ledger", ["/work"])) == []


def test_a_branch_wants_protection() -> None:
    (note,) = diagnose_branch(BRANCH, [])
    assert (note.health, "'gitprov-ledger'" in note.message) == (Health.NOTE, True)
    assert "no force push" in (note.remedy or "")


def test_a_branch_that_is_checked_out_is_a_problem() -> None:
    problems = [d for d in diagnose_branch(BRANCH, ["/a", "/b"]) if d.health is Health.PROBLEM]
    assert ["/a" in problems[0].message, "/b" in problems[1].message] == [True, True]
