"""Finds out whether the accepting remote refuses what its hook must refuse (7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.errors import Code, GitprovError
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.refs import PROBE
from gitprov.model.remote import PushState
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
    answer = remotes.push(remote, tip, PROBE)
    if answer.state is PushState.ACCEPTED:
        text = f"{remote} refuses nothing: it took {PROBE}, so it has no hook of gitprov"
        try:
            remotes.remove(remote, PROBE)
        except GitprovError as reason:
            text += f", and keeps it ({reason.message})"
        remedy = "gitprov server install there, or protect the branch: docs/deployment.md"
        yield Diagnosis(_SECTION, Health.PROBLEM, text, remedy)
    elif any(Code.REF_FORBIDDEN in line for line in answer.lines):
        yield Diagnosis(_SECTION, Health.GOOD, f"{remote} refused {PROBE} with its hook")
    else:
        text = f"{remote} refused {PROBE}, but not by gitprov's hook: {answer.reason}"
        remedy = "push as somebody who may write, or ask its administrator: gitprov server doctor"
        yield Diagnosis(_SECTION, Health.UNKNOWN, text, remedy)
