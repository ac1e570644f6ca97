"""Which names of a push are guarded, and which may not exist at all (7.1, P-06 to P-10)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from gitprov.model.refs import LEDGER_REF, LEDGERS, NAMESPACE, NOTES_REF, REPLACE


class RefRole(StrEnum):
    """The role of a ref's name in a push."""

    LEDGER = "ledger"
    NOTES = "notes"
    FORBIDDEN = "forbidden"
    FREE = "free"


def role_of(name: str, ledger_ref: str) -> RefRole:
    """Say what a name means; letters count whatever their case, as some disks store them.

    Args:
        name: a full ref name.
        ledger_ref: the configured ledger's ref.
    """
    if name in (NOTES_REF, LEDGER_REF, ledger_ref):
        return RefRole.NOTES if name == NOTES_REF else RefRole.LEDGER
    if name.startswith(LEDGERS) and _is_plain(name.removeprefix(LEDGERS)):
        return RefRole.LEDGER
    folded = _fold(name)
    guarded = (NAMESPACE, REPLACE, _fold(NOTES_REF), _fold(ledger_ref))
    if any(folded == each or folded.startswith(f"{each}/") for each in guarded):
        return RefRole.FORBIDDEN
    # A ref where one of them needs a folder would keep it from ever being made.
    if any(each.startswith(f"{folded}/") for each in guarded):
        return RefRole.FORBIDDEN
    return RefRole.FREE


def _is_plain(name: str) -> bool:
    """Whether a further ledger's name is one part that no disk takes for another one."""
    return name != "" and "/" not in name and name.isascii() and name == name.lower()


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
