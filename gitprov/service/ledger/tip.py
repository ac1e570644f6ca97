"""The last entry of a ledger, as far as appending to it needs it."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.commit import parse_commit
from gitprov.codec.message import read_trailers
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.model.entry import CommitForm, Trailers
from gitprov.service.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class Tip:
    """The entry to append to, as far as appending needs it."""

    oid: str
    commit: CommitForm
    claims: Trailers


def read_tip(view: LedgerView, oid: str) -> Tip:
    """Read the entry to append to.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, it cannot be appended to.
    """
    try:
        commit = parse_commit(view.commit(oid))
        claims = read_trailers(commit.message)
    except StorageError:
        raise
    except GitprovError as reason:
        text = f"the ledger's tip {oid[:12]} is not an entry ({reason.message}); run verify"
        raise StorageError(Code.STORE_CORRUPT, text) from reason
    if claims is None:
        text = f"the ledger's tip {oid[:12]} has no readable message; run gitprov verify"
        raise StorageError(Code.STORE_CORRUPT, text)
    return Tip(oid, commit, claims)
