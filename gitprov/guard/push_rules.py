"""The rules for moving a guarded ref, which need none of the pushed objects (7.1)."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.errors import Code
from gitprov.guard.push_names import RefRole, role_of
from gitprov.model.finding import Finding, error
from gitprov.model.push import RefUpdate
from gitprov.model.refs import HEADS

MOST_GUARDED = 256
"""How many guarded refs one push may name (P-33)."""
_SYMBOLIC = "ref:"


@dataclass(frozen=True, slots=True)
class RefState:
    """A ref as the server has it.

    Args:
        value: what it holds: an object id, ``ref: <other>``, or None if it is absent.
        leads_to: the last name of the chain that a symbolic ref begins, None for a direct one.
        head_leads_to: the last name of the chain that HEAD begins, None if HEAD is detached.
    """

    value: str | None
    leads_to: str | None = None
    head_leads_to: str | None = None


def role_in_push(name: str, leads_to: str | None, ledger_ref: str) -> RefRole:
    """Say what an update of a name means: a symbolic ref to a guarded one is forbidden.

    Args:
        name: the name that is pushed to.
        leads_to: where it leads as a symbolic ref, None for a direct one.
        ledger_ref: the configured ledger's ref.
    """
    role = role_of(name, ledger_ref)
    if role is RefRole.FREE and leads_to is not None:
        target = role_of(leads_to, ledger_ref)
        return RefRole.FREE if target is RefRole.FREE else RefRole.FORBIDDEN
    return role


def check_place(update: RefUpdate, role: RefRole, state: RefState) -> Finding | None:
    """Judge whether a guarded ref of that name may be there at all (P-06, P-07, P-09)."""
    name = update.name
    if role is RefRole.FORBIDDEN:
        if state.leads_to is not None:
            text = (
                f"it is a symbolic ref to {state.leads_to}, never moved under another name;"
                f" on the server: git symbolic-ref --delete {name}"
            )
            return error(Code.REF_FORBIDDEN, text, name)
        text = "this name is kept for gitprov or hides a name that is; push to no such ref"
        return error(Code.REF_FORBIDDEN, text, name)
    if state.value is not None and state.value.startswith(_SYMBOLIC):
        text = f"it is a symbolic ref; on the server: git symbolic-ref --delete {name}"
        return error(Code.REF_FORBIDDEN, text, name)
    if state.head_leads_to == name and not name.startswith(HEADS):
        text = "HEAD leads to it; on the server: git symbolic-ref HEAD refs/heads/main"
        return error(Code.REF_FORBIDDEN, text, name)
    return None


def check_move(update: RefUpdate, state: RefState, *, is_quarantined: bool) -> Finding | None:
    """Judge whether a guarded ref may move like this (P-03, P-22, P-28).

    Args:
        update: what the pusher wants.
        is_quarantined: new objects wait in a folder of their own until the hook lets them in.
    """
    if update.new is None:
        text = "it is never deleted: what it holds is meant to stay"
        return error(Code.REF_DELETE, text, update.name)
    if not is_quarantined:
        text = "git gave no quarantine for the new objects, so nothing can be judged; use git 2.11+"
        return error(Code.INTERNAL, text, update.name)
    if state.value != update.old:
        was = "absent" if state.value is None else state.value[:12]
        text = f"another push came first, it is {was} by now; pull, then push again"
        return error(Code.STALE, text, update.name)
    return None
