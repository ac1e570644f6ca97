"""Brings a remote's ledger here: fetch, judge, fast-forward; never a merge (7.3)."""

from __future__ import annotations

from collections.abc import Callable

from gitprov.errors import Code, RefusedError, UsageError
from gitprov.model.receipt import Notice
from gitprov.model.synced import Pulled
from gitprov.service.ledger.relation import TipRelation
from gitprov.service.sync.remote_ledger import FollowResult, RemoteLedger


def pull_ledger(
    ledger: RemoteLedger,
    remote: str,
    derive: Callable[[str | None, str, str | None], tuple[Notice, ...]],
) -> Pulled:
    """Follow a remote's ledger; where both sides moved, ours stays as it is.

    Args:
        ledger: the remote's ledger.
        derive: updates the notes, given our tip before and after and the remote's
            notes; returns what went wrong with them.

    Raises:
        RefusedError: the remote's ledger is bad, or is not the one that was there; nothing moved.
        UsageError: GPV-404-NO-LEDGER, the remote has none.
        GitprovError: as RemoteLedger.follow.
    """
    followed = ledger.follow()
    state = followed.state
    if state.tip is None or followed.relation is None or followed.after is None:
        remedy = "send yours with: gitprov push"
        text = f"the remote {remote!r} has no ledger at this ref; {remedy}"
        raise UsageError(Code.NO_LEDGER, text, remote=remote, remedy=remedy)
    warnings = derive(followed.before, followed.after, state.notes)
    if state.notes_error is not None:
        text = f"the notes were not fetched: {state.notes_error.message}"
        warnings = (*warnings, Notice(state.notes_error.code, text))
    return Pulled(
        remote=remote,
        stand=followed.relation.stand,
        moved=followed.before != followed.after,
        tip=state.tip,
        height=state.height,
        entries=state.verdict.entries,
        records=state.verdict.records,
        to_send=len(followed.relation.ours),
        warnings=warnings,
    )


def require_landable(followed: FollowResult) -> None:
    """Refuse a ledger that no push can land as it is.

    Raises:
        RefusedError: GPV-409-NON-FF, the remote's tip is in ours, but off its first-parent chain.
    """
    relation = followed.relation
    if relation is not None and relation.stand is TipRelation.AHEAD and not relation.is_forward:
        remedy = "append your records again: gitprov reappend"
        text = "a merge here has the remote's tip as its second parent, so it cannot follow it"
        raise RefusedError(Code.NON_FF, f"{text}; {remedy}", remedy=remedy)
