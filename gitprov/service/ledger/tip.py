"""The last entry of a ledger, as far as appending to it needs it."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.commit import parse_entry
from gitprov.errors import Code, GitprovError, StorageError, UsageError
from gitprov.model.entry import CommitForm, Trailers
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.refs import RefStore


@dataclass(frozen=True, slots=True)
class Tip:
    """The entry to append to, as far as appending needs it."""

    oid: str
    commit: CommitForm
    claims: Trailers


def require_tip(refs: RefStore, ref: str) -> str:
    """Return the object id of a ledger's last entry.

    Raises:
        UsageError: GPV-404-NO-LEDGER, there is none.
        RefusedError: GPV-403-REF-FORBIDDEN, the ref is symbolic.
    """
    oid = refs.get(ref)
    if oid is None:
        text = f"there is no ledger at {ref}; make or join one with: gitprov init"
        raise UsageError(Code.NO_LEDGER, text)
    return oid


def current_tip(view: LedgerView, refs: RefStore, ref: str) -> Tip:
    """Read the last entry of a ledger that was there a moment ago.

    Raises:
        StorageError: GPV-404-NO-LEDGER, its ref is gone; and as read_tip.
    """
    oid = refs.get(ref)
    if oid is None:
        raise ref_gone(ref)
    return read_tip(view, oid)


def ref_gone(ref: str) -> StorageError:
    """Return the error for a ledger's ref that was there a moment ago: GPV-404-NO-LEDGER."""
    return StorageError(Code.NO_LEDGER, f"{ref} is gone; run gitprov doctor")


def read_tip(view: LedgerView, oid: str) -> Tip:
    """Read the entry to append to.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, it cannot be appended to.
    """
    try:
        commit, claims = parse_entry(view.commit(oid))
    except StorageError:
        raise
    except GitprovError as reason:
        text = f"the ledger's tip {oid[:12]} is not an entry ({reason.message}); run verify"
        raise StorageError(Code.STORE_CORRUPT, text) from reason
    if claims is None:
        text = f"the ledger's tip {oid[:12]} has no readable message; run gitprov verify"
        raise StorageError(Code.STORE_CORRUPT, text)
    return Tip(oid, commit, claims)
