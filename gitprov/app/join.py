"""How ``gitprov init`` finds the ledger that a remote has already, and joins it (7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitprov.app.notes import current_root
from gitprov.errors import Code, GitprovError, RefMovedError, RefusedError, StorageError, UsageError
from gitprov.git.remotes import GitRemotes
from gitprov.model.refs import BRANCH_REF, LEDGER_REF, NOTES_REF
from gitprov.service.notes.derive import NoteRebuilder
from gitprov.service.sync.remote_ledger import FollowResult
from gitprov.wiring.remotes import open_remote_ledger, open_remotes
from gitprov.wiring.workspace import Workspace

_PREFERRED = "origin"
_PLACES = (LEDGER_REF, BRANCH_REF)


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How init deals with remotes.

    Args:
        remote: the remote that accepts entries; None leaves it to the settings.
        genesis: the first entry that the ledger must have, as its owners told it.
        offline: no remote is asked, and a ledger may be made although one may be out there.
    """

    remote: str | None = None
    genesis: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLocation:
    """Where a ledger was found.

    Args:
        remote: the name of the remote.
        ref: the ledger's ref there, and so here.
    """

    remote: str
    ref: str


def find_remote_ledger(workspace: Workspace, options: RemoteOptions) -> LedgerLocation | None:
    """Ask the remotes for a ledger; None if no remote has one.

    Without ``--ref`` the branch of forges that protect branches only is looked for as well, so
    that a clone needs no flag and never gets a second genesis beside it.

    Raises:
        UsageError: GPV-422-ARGUMENT; several remotes have one, no such remote, or there is one
            at another ref than the one that was named.
        StorageError: a remote could not be asked, so a ledger may be there.
    """
    if options.offline:
        return None
    remotes = open_remotes(workspace)
    accepting = options.remote or workspace.settings.get("gitprov.remote")
    names = remotes.names()
    if options.remote is not None:
        names = [options.remote]
    elif accepting in names:
        names = [accepting]
    found: list[LedgerLocation] = []
    failure: GitprovError | None = None
    for name in names:
        try:
            found += _ledgers(workspace, remotes, name)
        except (StorageError, UsageError) as reason:
            failure = failure or reason
    if not found and failure is not None:
        raise _not_asked(failure, is_named=options.remote is not None)
    return _choose(workspace, found)


def _ledgers(workspace: Workspace, remotes: GitRemotes, name: str) -> Iterator[LedgerLocation]:
    asked = dict.fromkeys((workspace.ref, *_PLACES))
    if workspace.ref not in _PLACES:
        asked = dict.fromkeys((workspace.ref,))  # of a team, beside the one of all
    tips = remotes.tips(name, list(asked)).tips
    yield from (LedgerLocation(name, ref) for ref in asked if ref in tips)


def _choose(workspace: Workspace, found: list[LedgerLocation]) -> LedgerLocation | None:
    if not found:
        return None
    names = dict.fromkeys(place.remote for place in found)
    name = _PREFERRED if _PREFERRED in names else found[0].remote
    if len(names) > 1 and name != _PREFERRED:
        text = f"several remotes have a ledger: {', '.join(names)}"
        raise UsageError(Code.ARGUMENT, f"{text}; choose one: gitprov init --remote NAME")
    places = {place.ref: place for place in found if place.remote == name}
    here = places.get(workspace.ref)
    if here is not None:
        return here
    first = next(iter(places.values()))
    if not workspace.settings.is_default("gitprov.ref"):
        text = f"the remote {name!r} has its ledger at {first.ref}, not at {workspace.ref}"
        raise UsageError(Code.ARGUMENT, f"{text}; join it with: gitprov init --ref {first.ref}")
    return first


def _not_asked(reason: GitprovError, *, is_named: bool) -> GitprovError:
    text = f"{reason.message}; it may have a ledger, and one made here could never be joined to it"
    if not is_named:
        text = f"{text}. If you are sure that it has none: gitprov init --offline"
    return type(reason)(reason.code, text, **reason.details)


def require_expected(workspace: Workspace, options: RemoteOptions, genesis: str | None) -> None:
    """Hold the first entry of the ledger that is here against the pins.

    Args:
        workspace: where we are.
        options: what the caller expects.
        genesis: the first entry; None if there is no ledger.

    Raises:
        RefusedError: GPV-409-ROLLBACK.
    """
    pinned = workspace.settings.get("gitprov.genesis")
    for expected, origin in ((options.genesis, "--genesis"), (pinned, "the pin, gitprov.genesis,")):
        if expected is None or expected == genesis:
            continue
        if genesis is None:
            text = f"{origin} names the first entry {expected}, and there is no ledger"
            remedy = "fetch it from where it is: git remote add NAME URL, or --remote NAME"
        else:
            text = f"{origin} names the first entry {expected}, and here it is {genesis}"
            remedy = "this is another ledger; compare with what the owners tell you"
        raise RefusedError(Code.ROLLBACK, f"{text}; {remedy}; nothing was changed")


def join(workspace: Workspace, place: LedgerLocation, options: RemoteOptions) -> FollowResult:
    """Fetch a remote's ledger, judge all of it, and take it over.

    Raises:
        RefusedError: GPV-409-ROLLBACK, its genesis is not the expected one; or what the judge
            found. No ref was moved and nothing was set.
        SignatureUnknownError, UsageError, StorageError: as RemoteLedger.follow.
    """
    pinned = workspace.settings.get("gitprov.genesis")
    if options.genesis is not None and pinned not in {None, options.genesis}:
        require_expected(workspace, options, pinned)
    followed = open_remote_ledger(workspace, place.remote, options.genesis).follow()
    if followed.after is None:
        text = f"the ledger of {place.remote!r} went away while it was fetched; try again"
        raise RefMovedError(Code.STALE, text)
    return followed


def fetch_notes(workspace: Workspace, followed: FollowResult) -> str | None:
    """Take over the remote's notes and repair them; what went wrong, None if nothing did.

    Notes are derived: a failure never holds up the ledger.
    """
    patience = workspace.settings.number("gitprov.lockTimeout")
    try:
        notes = followed.state.notes
        if notes is not None and workspace.refs.get(NOTES_REF) is None:
            with workspace.lock.hold(patience):
                workspace.refs.swap(NOTES_REF, notes, None)
        rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, patience)
        rebuilder.rebuild(workspace.view, lambda: current_root(workspace))
    except GitprovError as reason:
        return f"could not fetch the notes ({reason.message}); gitprov notes rebuild"
    return None
