"""Judges one entry of a ledger where it is, with the judge that ``verify`` uses."""

from __future__ import annotations

from gitprov.codec.records import parse_record
from gitprov.errors import GitprovError
from gitprov.model.finding import Finding, error
from gitprov.model.ids import LEDGER_PATH
from gitprov.model.ledger import LedgerDocument
from gitprov.service.judge.case import AcceptedBy, EntryPosition
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.ledger.parent_facts import parent_facts
from gitprov.service.ledger.read_entries import EntryReader, ListedEntry
from gitprov.service.ports.signatures import SignatureEngine


def judge_one(
    reader: EntryReader, engine: SignatureEngine, tip: str, entry: ListedEntry, now: int
) -> tuple[Finding, ...]:
    """Judge one entry; that its parents are good is not looked at.

    Args:
        reader: reads the ledger.
        engine: checks the signature.
        tip: the ledger's last entry, whose tree holds the ledger's id.
        entry: the entry.
        now: the judge's clock, Unix seconds.
    """
    try:
        ledger_id = None if not entry.parents else _ledger_id(reader, tip)
        judge = EntryJudge(reader.view, engine, ledger_id, now, accepting=False)
        judged = judge.judge(entry.oid, reader.raw(entry.oid), entry_place(reader, entry))
    except GitprovError as reason:
        return (error(reason.code, reason.message),)
    return tuple(judged.findings)


def entry_place(reader: EntryReader, entry: ListedEntry) -> EntryPosition:
    """Say where an entry is, as its judge needs it.

    Raises:
        StorageError, RecordError: a parent cannot be read.
    """
    parents = tuple(parent_facts(oid, reader.raw(oid)) for oid in entry.parents)
    return EntryPosition(
        parents, entry.is_mainline, _accepted_by(reader, entry), _related(reader, entry)
    )


def _accepted_by(reader: EntryReader, entry: ListedEntry) -> AcceptedBy | None:
    before = entry.accepted.before
    if entry.is_mainline or before is None:
        return None
    tree = reader.tree(before)
    merge = reader.entry(entry.accepted.oid)
    return None if tree is None else AcceptedBy(tree, merge.seconds)


def _related(reader: EntryReader, entry: ListedEntry) -> bool:
    """Whether one parent of a merge is an ancestor of the other (V14)."""
    if len(entry.parents) < 2:  # noqa: PLR2004 - a merge has two parents
        return False
    found, is_old = reader.newly_reachable(entry.parents)
    return is_old or not found


def _ledger_id(reader: EntryReader, tip: str) -> str | None:
    root = reader.tree(tip)
    oid = None if root is None else reader.view.find(root, LEDGER_PATH)
    document = None if oid is None else parse_record(reader.view.blob(oid), "ledger")
    return document.ledger_id if isinstance(document, LedgerDocument) else None
