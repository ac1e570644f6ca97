"""Decides which genesis a server's hook pins; what is known is never weakened in silence."""

from __future__ import annotations

from gitprov.errors import Code, UsageError
from gitprov.service.ledger.read_entries import EntryReader


def find_genesis(reader: EntryReader, tip: str) -> str:
    """Follow first parents to the genesis of a ledger, as its entries name them.

    Raises:
        StorageError, RecordError: an entry on the way cannot be read.
    """
    oid = tip
    while parents := reader.parents(oid):
        oid = parents[0]
    return oid


def choose_pin(given: str | None, installed: str, there: str | None) -> str:
    """Return the genesis to pin, empty for none.

    Args:
        given: what the caller asks for.
        installed: the pin of an existing hook, empty if none.
        there: the genesis of the existing ledger, None without one.

    Raises:
        UsageError: GPV-422-ARGUMENT; they contradict each other.
    """
    pin = given or installed or there or ""
    if there is not None and pin != there:
        whose = "--genesis" if given else "the hook that is installed"
        text = (
            f"{whose} says {pin}, but the ledger in this repository begins with {there};"
            " ask an owner which one is right, then give that one with --genesis"
        )
        raise UsageError(Code.ARGUMENT, text, genesis=there)
    return pin
