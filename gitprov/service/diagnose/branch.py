"""Diagnoses of a ledger that is kept as a branch; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.refs import HEADS

SECTION = "ledger"


def diagnose_branch(ref: str, checked_out: Sequence[str]) -> Iterator[Diagnosis]:
    """Judge where a ledger's branch stands.

    Args:
        ref: the ledger's ref.
        checked_out: work trees whose HEAD leads to it.
    """
    if not ref.startswith(HEADS):
        return
    branch = ref.removeprefix(HEADS)
    for place in checked_out:
        text = f"the ledger's branch is checked out in {place!r}: a git commit there would ruin it"
        yield Diagnosis(SECTION, Health.PROBLEM, text, "git switch BRANCH, one of the code")
    text = f"the ledger is the branch {branch!r}, which git push --force can rewrite"
    remedy = "protect it on the server: no force push, no deletion"
    yield Diagnosis(SECTION, Health.NOTE, text, remedy)
