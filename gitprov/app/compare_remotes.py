"""How the ledger here compares with remotes, as last seen or as they are now (V16)."""

from __future__ import annotations

from gitprov.errors import GitprovError
from gitprov.model.report import RemoteComparison
from gitprov.service.ledger.relation import relate
from gitprov.service.ledger.tip import read_tip
from gitprov.wiring.remote_names import seen_remotes
from gitprov.wiring.workspace import Workspace


def compare_seen(workspace: Workspace, tip: str | None) -> tuple[RemoteComparison, ...]:
    """Compare a tip of ours with the last tip seen of every remote; without the network."""
    try:
        seen = seen_remotes(workspace)
    except GitprovError:
        return ()
    return tuple(
        compare(workspace, tip, remote, oid, height) for remote, (oid, height) in seen.items()
    )


def compare(
    workspace: Workspace, tip: str | None, remote: str, theirs: str | None, height: int | None
) -> RemoteComparison:
    """Compare a tip of ours with one of a remote's; what cannot be read says unknown.

    Args:
        workspace: where both can be read.
        tip: ours; None if there is none.
        remote: its name.
        theirs: its tip; None if it has none.
        height: its height; None reads it from the entry.
    """
    if tip is None or theirs is None:
        return RemoteComparison(remote, "unknown", theirs, height)
    try:
        if height is None:
            height = read_tip(workspace.view, theirs).claims.height
        relation = relate(workspace.view, tip, theirs)
    except GitprovError:
        return RemoteComparison(remote, "unknown", theirs, height)
    return RemoteComparison(
        remote, relation.stand, theirs, height, len(relation.ours), relation.theirs
    )
