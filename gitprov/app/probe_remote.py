"""Finds out whether the accepting remote refuses what its hook must refuse (7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.errors import Code, GitprovError
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.refs import HEADS, PROBE
from gitprov.model.remote import PushState
from gitprov.wiring.remote_names import names_for
from gitprov.wiring.remotes import accepting_remote, open_remotes
from gitprov.wiring.workspace import Workspace

_SECTION = "probe"


def probe_remote(workspace: Workspace) -> Iterator[Diagnosis]:
    """Push the ledger's tip to a forbidden name, which harms nothing; take it back if it is let in.

    Raises:
        GitprovError: the remote cannot be reached, or there is none.
    """
    tip = workspace.refs.get(workspace.ref)
    if tip is None:
        yield Diagnosis(_SECTION, Health.UNKNOWN, "there is no ledger here to push", "gitprov init")
        return
    remotes = open_remotes(workspace)
    remote = accepting_remote(workspace, remotes)
    # What the remote has already, where that is known: nothing new is sent for a try.
    there = workspace.refs.get(names_for(workspace, remote).tracking)
    answer = remotes.push(remote, there or tip, PROBE)
    if answer.state is PushState.ACCEPTED:
        is_branch = workspace.ref.startswith(HEADS)  # a forge may guard that in its own way
        text = f"{remote} took {PROBE}, so it has no hook of gitprov"
        text += (
            f"; whether it protects {workspace.ref} was not tried"
            if is_branch
            else " and refuses nothing: whoever may push may rewind the ledger or delete it"
        )
        try:
            remotes.remove(remote, PROBE)
        except GitprovError as reason:
            text += f", and keeps it ({reason.message})"
        remedy = "on the server: gitprov server install; else protect a branch: docs/deployment.md"
        health = Health.WARNING if is_branch else Health.PROBLEM
        yield Diagnosis(_SECTION, health, text, remedy)
    elif any(Code.REF_FORBIDDEN in line for line in answer.lines):
        yield Diagnosis(_SECTION, Health.GOOD, f"{remote} refused {PROBE} with its hook")
    else:
        text = f"{remote} refused {PROBE}, but not by gitprov's hook: {answer.reason}"
        remedy = "push as somebody who may write, or ask its administrator: gitprov server doctor"
        yield Diagnosis(_SECTION, Health.UNKNOWN, text, remedy)
