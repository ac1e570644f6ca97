"""Results of pulls and pushes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitprov.model.receipt import Notice


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of ``gitprov pull``.

    Args:
        remote: where from.
        stand: how the ledger here compares with the remote's now: equal, ahead, beside.
        moved: whether the ledger here was moved forward.
        tip: the remote's tip.
        entries: how many of its entries were judged, because they are new.
        records: kind -> count of their records.
        to_send: how many entries here the remote has not.
        warnings: what went wrong without stopping it.
    """

    remote: str
    stand: str
    moved: bool
    tip: str
    height: int
    entries: int
    records: Mapping[str, int]
    to_send: int
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Pushed:
    """The result of ``gitprov push``.

    Args:
        tip: the remote's tip now.
        sent: how many entries went, merges included.
        merges: how many of these are merge entries that the push made.
        received: how many of the remote's entries were new here.
        attempts: how often it was tried.
        moved: whether the ledger here was moved forward.
        left: how many entries were recorded in the meantime and wait for the next push.
        waiting: how many files of records are not on the ledger here yet.
        records: kind -> count of what was received.
        warnings: what went wrong without stopping it.
    """

    remote: str
    tip: str
    height: int
    sent: int
    merges: int
    received: int
    attempts: int
    moved: bool
    left: int = 0
    waiting: int = 0
    records: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[Notice, ...] = ()
