"""Judges one update of a ledger's ref: what it brings, by the same judge as everywhere.

The hook asks this before it lets a push in, pull before it moves the local ref, and push before
it signs a merge. The work follows from what is new, never from the ledger's size.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.errors import Code
from gitprov.guard.pins import check_pins
from gitprov.model.entry import Trailers
from gitprov.model.finding import Finding, by_precedence, error, failing
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.new_entries import NewEntries, find_new_entries
from gitprov.service.ledger.parent_facts import parent_facts
from gitprov.service.ledger.relation import off_chain
from gitprov.service.ledger.tip import read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.verify.range import RangeTools, RangeVerifier
from gitprov.service.verify.screen import MOST_REFUSED, NOT_FORWARD, screen_update


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a ledger's ref.

    Args:
        old: the tip that was accepted before; None makes the ref.
        new: the tip that must follow.
        genesis: the pinned genesis of a new ref; None if there is no pin.
        landed: tips that this ref is known to have had.
    """

    old: str | None
    new: str
    genesis: str | None = None
    landed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateVerdict:
    """The new entries of an update, and their findings.

    Args:
        ledger_id: the ledger, None where that cannot be read.
        entries: how many are new.
        records: kind -> count of what is new.
        findings: of the new entries and of the update itself; warnings are among them.
    """

    ledger_id: str | None
    entries: int
    records: dict[str, int]
    findings: tuple[Finding, ...]


def judge_update(
    access: LedgerAccess, view: LedgerView, update: Update, now: int, *, accepting: bool
) -> UpdateVerdict:
    """Judge every entry that an update brings (2.8, V1 to V15).

    Args:
        access: the way to the ledger, new objects included.
        view: reads through that access; its memory may be shared by several updates.
        update: what moves where.
        now: the judge's clock, Unix seconds.
        accepting: the entries are being let in here (hook); False where a remote already has.

    Raises:
        StorageError: an entry that was accepted before cannot be read.
    """
    if update.old is not None and accepting:
        refused = screen_update(view, access.engine, update.old, update.new)
        if refused:
            known = read_tip(view, update.old).claims.ledger_id
            return UpdateVerdict(known, len(refused), {}, tuple(by_precedence([*refused])))
    new = find_new_entries(view, update.old, update.new)
    ledger_id = _ledger_id(view, update, new)
    judge = EntryJudge(view, access.engine, ledger_id, now, accepting=accepting)
    # Only a new ref may add a genesis; elsewhere a first entry is a second genesis.
    genesis = judge
    if update.old is None:
        genesis = EntryJudge(view, access.engine, None, now, accepting=accepting)
    tools = RangeTools(view, judge, genesis, access.has_code_commit, frozenset())
    most = MOST_REFUSED if accepting else None
    summary = RangeVerifier(tools, new.topology).run(new.positions, lambda _: None, most)
    findings = [*_check_genesis(update, new), *summary.findings]
    if not new.is_forward:
        # An entry whose parent line cannot be read is of bad form before it is anything else.
        findings = by_precedence([*findings, error(Code.NON_FF, NOT_FORWARD)])
    if not any(failing(findings)):
        findings += _check_landed(view, update)
    records = dict(sorted(summary.records.items()))
    return UpdateVerdict(ledger_id, summary.entries, records, tuple(findings))


def _ledger_id(view: LedgerView, update: Update, new: NewEntries) -> str | None:
    if update.old is not None:
        return read_tip(view, update.old).claims.ledger_id
    claims: Trailers | None = None
    first = new.topology.oid(0)
    if first not in new.topology.unreadable:
        claims = parent_facts(first, view.commit(first)).claims
    return None if claims is None else claims.ledger_id


def _check_landed(view: LedgerView, update: Update) -> list[Finding]:
    """Judge that a tip which has landed is still on the first-parent chain (7.1).

    A forge deletes and moves branches without asking a hook; what is pushed next must not
    complete that.
    """
    landed = [oid for oid in update.landed if oid != update.old]
    text = "{} had landed here and is not on the new chain: the ref was deleted or moved back"
    gone = off_chain(view, update.new, landed)
    return [error(Code.ROLLBACK, text.format(oid)) for oid in gone]


def _check_genesis(update: Update, new: NewEntries) -> list[Finding]:
    if update.old is not None:
        return []
    return check_pins(update.genesis, new.topology.oid(0), (), {}, -1)
