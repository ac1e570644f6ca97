"""Entries that were acknowledged and are gone from the ledger's ref: found, and brought back."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.app.notes import current_root
from gitprov.errors import Code, GitprovError
from gitprov.model.finding import Finding, warning
from gitprov.model.lost import LostEntry, Recovered
from gitprov.model.receipt import Notice
from gitprov.model.refs import PARKED
from gitprov.service.judge.require_good import require_good
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.relation import TipRelation, relate
from gitprov.service.notes.derive import NoteRebuilder
from gitprov.service.sync.lost_entries import Acknowledged, LostEntries
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.verify.update import Update, judge_update
from gitprov.wiring.workspace import Workspace

_SIGNED = frozenset({"append", "enact"})
REMEDY = "gitprov recover"


def lost_entries(workspace: Workspace) -> list[LostEntry]:
    """Return what the audit log acknowledged and the ledger here has not, newest first.

    Raises:
        StorageError: the audit log or the ledger cannot be read.
    """
    tip = workspace.refs.get(workspace.ref)
    return _finder(workspace).find(tip, list(_acknowledged(workspace)))


def lost_notice(workspace: Workspace) -> Notice | None:
    """Say that the last entry that was signed here is gone; None if all is well.

    Only the end of the log is read: every call that records asks this.
    """
    try:
        last = workspace.audit.last(_SIGNED, workspace.ref)
        # In this order: an entry is on the ledger before it is in the log.
        tip = workspace.refs.get(workspace.ref)
        if last is None or last.get("new") == tip:
            return None
        lost = _finder(workspace).check(tip, _as_acknowledged(last))
    except GitprovError:
        return None  # doctor says what cannot be read
    return None if lost is None else Notice(Code.ROLLBACK, lost_text(lost, workspace.ref))


def lost_findings(workspace: Workspace) -> tuple[Finding, ...]:
    """Warn of each of them; the verdict on what is there does not hang on it."""
    try:
        found = lost_entries(workspace)
    except GitprovError:
        return ()  # doctor says what cannot be read
    return tuple(warning(Code.ROLLBACK, lost_text(lost, workspace.ref)) for lost in found)


def lost_text(lost: LostEntry, ref: str) -> str:
    """Say which entry is missing, and the way back."""
    what = f"the entry {lost.oid[:12]}, which was acknowledged here,"
    about = f" ({lost.resource})" if lost.resource else ""
    if lost.is_here:
        return f"{what} is gone from {ref}{about}; bring it back: {REMEDY}"
    return f"{what} and its object are gone{about}; fetch it from another clone: gitprov pull"


def recover(workspace: Workspace, *, dry_run: bool) -> Recovered:
    """Bring lost entries back: forward where that is possible, else by a merge entry.

    Nothing is taken from the ledger, and every entry is judged before the ref moves.

    Args:
        workspace: the repository.
        dry_run: only say what is missing.

    Raises:
        StorageError: the audit log cannot be read, GPV-503-BUSY.
    """
    lost = tuple(lost_entries(workspace))
    if dry_run or not lost:
        return Recovered(lost, workspace.refs.get(workspace.ref))
    restored, failures = [], []
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        for entry in sorted(lost, key=lambda each: each.height or 0, reverse=True):
            try:
                _bring_back(workspace, entry)
            except GitprovError as reason:
                failures.append((entry.oid, str(reason)))
            else:
                restored.append(entry.oid)
    if restored:
        patience = workspace.settings.number("gitprov.lockTimeout")
        rebuilder = NoteRebuilder(workspace.notes, workspace.lock, workspace.clock, patience)
        rebuilder.rebuild(workspace.view, lambda: current_root(workspace))
    tip = workspace.refs.get(workspace.ref)
    return Recovered(lost, tip, tuple(restored), tuple(failures))


def _bring_back(workspace: Workspace, lost: LostEntry) -> None:
    view, refs, ref = workspace.view, workspace.refs, workspace.ref
    tip = refs.get(ref)
    if tip is not None and _finder(workspace).check(tip, Acknowledged(lost.oid, "", "")) is None:
        return  # an entry before it in the list has brought it along
    relation = None if tip is None else relate(view, lost.oid, tip)
    if tip is not None and (relation is None or relation.stand is not TipRelation.AHEAD):
        merger = MergeMaker(workspace.append_ports(), view, workspace.signing_keys())
        merged = merger.make(tip, lost.oid)
        if merged is not None:
            refs.swap(ref, merged, tip)
        return
    genesis = workspace.settings.get("gitprov.genesis")
    ports = workspace.append_ports()
    access = LedgerAccess(ports.reader, ports.engine, None)
    update = Update(tip, lost.oid, genesis)
    verdict = judge_update(access, view, update, workspace.clock.now(), accepting=False)
    require_good(verdict.findings, f"the entry {lost.oid[:12]} cannot come back: ")
    refs.swap(ref, lost.oid, tip)


def _finder(workspace: Workspace) -> LostEntries:
    refs = workspace.refs
    parked = filter(None, map(refs.get, refs.names(PARKED)))
    return LostEntries(workspace.view, workspace.trees, tuple(parked))


def _acknowledged(workspace: Workspace) -> Iterator[Acknowledged]:
    for line in workspace.audit.lines():
        fields = line.fields
        if fields is None or fields.get("ref") != workspace.ref:
            continue
        if fields.get("action") in _SIGNED and fields.get("new"):
            yield _as_acknowledged(fields)


def _as_acknowledged(fields: dict[str, object]) -> Acknowledged:
    words = (fields.get("new"), fields.get("old"), fields.get("resource"))
    return Acknowledged(*(str(word or "") for word in words))
