"""The refs that gitprov uses (2.1): the one place where their names are written."""

from __future__ import annotations

NAMESPACE = "refs/gitprov"
LEDGER_REF = f"{NAMESPACE}/ledger"
"""The ledger's default ref."""
BRANCH_REF = "refs/heads/gitprov-ledger"
"""The ledger's ref on forges that protect only branches."""
LEDGERS = f"{NAMESPACE}/ledgers/"
"""Further ledgers, such as those of a monorepo's teams."""
NOTES_REF = "refs/notes/gitprov"
PARKED = f"{NAMESPACE}/parked/"
"""Entries that could not land and were appended again; never pushed."""
REPLACE = "refs/replace"
HEADS = "refs/heads/"

_LEDGER = "ledger"


def tracking_ref(remote: str, ledger_ref: str) -> str:
    """Return the ref that holds the tip last fetched from a remote."""
    return f"{NAMESPACE}/remotes/{remote}/{short_name(ledger_ref)}"


def short_name(ledger_ref: str) -> str:
    """Return the short name of a ledger's ref: ``ledger`` for the default one."""
    if ledger_ref == LEDGER_REF:
        return _LEDGER
    return ledger_ref.removeprefix("refs/").removeprefix("gitprov/")


PROBE = f"{NAMESPACE}/probe"
"""A name that a guarded remote refuses."""
