"""What a remote's ledger is called here: its tracking ref, and its place in the other memory."""

from __future__ import annotations

from gitprov.git.program import check_argument
from gitprov.git.ref_files import check_ref_name
from gitprov.local.seen_tips import FileSeenTips
from gitprov.service.sync.meet_remote import RemoteNames
from gitprov.wiring.settings import DEFAULT_REF, NOTES_REF
from gitprov.wiring.workspace import STATE_FOLDER, Workspace

_SHORT = "ledger"


def names_for(workspace: Workspace, remote: str) -> RemoteNames:
    """Return what a remote's ledger is called here; ledgers on other refs have other names.

    Raises:
        UsageError: GPV-422-ARGUMENT, that cannot be the name of a remote.
    """
    check_argument(remote, "remote")
    ref, short = workspace.ref, _short(workspace.ref)
    tracking = check_ref_name(f"refs/gitprov/remotes/{remote}/{short}")
    return RemoteNames(remote, ref, NOTES_REF, tracking, f"{remote}{_mark(short)}")


def open_seen(workspace: Workspace) -> FileSeenTips:
    """Return the second memory of remotes' tips."""
    return FileSeenTips(workspace.place.common_dir / STATE_FOLDER / "seen")


def seen_remotes(workspace: Workspace) -> dict[str, tuple[str, int]]:
    """Return remote -> (last tip seen, its height), for the ledger on our ref.

    Raises:
        StorageError: GPV-500-INTERNAL, they cannot be read.
    """
    mark = _mark(_short(workspace.ref))
    found = {}
    for key, seen in open_seen(workspace).all().items():
        # No remote's name holds a colon.
        remote, colon, rest = key.partition(":")
        if f"{colon}{rest}" == mark:
            found[remote] = seen
    return found


def _short(ref: str) -> str:
    if ref == DEFAULT_REF:
        return _SHORT
    return ref.removeprefix("refs/").removeprefix("gitprov/")


def _mark(short: str) -> str:
    return "" if short == _SHORT else f":{short}"
