"""The local names of a remote's ledger: its tracking ref and its key in the last-seen cache."""

from __future__ import annotations

from gitprov.git.program import check_argument
from gitprov.git.ref_files import check_ref_name
from gitprov.local.seen_tips import FileSeenTips
from gitprov.model.refs import LEDGER_REF, NOTES_REF, short_name, tracking_ref
from gitprov.service.sync.remote_ledger import RemoteNames
from gitprov.wiring.workspace import STATE_FOLDER, Workspace


def names_for(workspace: Workspace, remote: str) -> RemoteNames:
    """Return what a remote's ledger is called here; ledgers on other refs have other names.

    Raises:
        UsageError: GPV-422-ARGUMENT, that cannot be the name of a remote.
    """
    check_argument(remote, "remote")
    ref = workspace.ref
    tracking = check_ref_name(tracking_ref(remote, ref))
    return RemoteNames(remote, ref, NOTES_REF, tracking, f"{remote}{_mark(ref)}")


def open_seen(workspace: Workspace) -> FileSeenTips:
    """Return the second memory of remotes' tips."""
    return FileSeenTips(workspace.place.common_dir / STATE_FOLDER / "seen", workspace.place.sharing)


def seen_remotes(workspace: Workspace) -> dict[str, tuple[str, int]]:
    """Return remote -> (last tip seen, its height), for the ledger on our ref.

    Raises:
        StorageError: GPV-500-INTERNAL, they cannot be read.
    """
    mark = _mark(workspace.ref)
    found = {}
    for key, seen in open_seen(workspace).all().items():
        # No remote's name holds a colon.
        remote, colon, rest = key.partition(":")
        if f"{colon}{rest}" == mark:
            found[remote] = seen
    return found


def _mark(ref: str) -> str:
    return "" if ref == LEDGER_REF else f":{short_name(ref)}"
