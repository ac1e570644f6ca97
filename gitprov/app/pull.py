"""Following the ledger of a remote."""

from __future__ import annotations

from dataclasses import replace

from gitprov.app.ledger_branch import branch_notices
from gitprov.errors import Code, UsageError
from gitprov.git.gc import GitMaintenance
from gitprov.model.synced import Pulled
from gitprov.service.sync.pull_ledger import pull_ledger
from gitprov.wiring.remotes import RemoteLink
from gitprov.wiring.workspace import Workspace


def pull(workspace: Workspace, remote: str | None) -> Pulled:
    """Follow a remote's ledger, as ``gitprov pull`` does.

    Raises:
        UsageError: GPV-404-NO-LEDGER, there is none there, or none here to compare it with.
        GitprovError: as RemoteLedger.follow.
    """
    is_pinned = workspace.settings.get("gitprov.genesis") is not None
    if not is_pinned and workspace.refs.get(workspace.ref) is None:
        text = "no ledger here, and no pinned genesis to tell whether the remote's is the right one"
        raise UsageError(Code.NO_LEDGER, f"{text}; join it with: gitprov init")
    link = RemoteLink(workspace, remote)
    pulled = pull_ledger(link.ledger, link.names.remote, link.notes().follow)
    # Every fetch leaves a pack.
    GitMaintenance(workspace.ledger_dir, workspace.git).after_append()
    return replace(pulled, warnings=pulled.warnings + branch_notices(workspace))
