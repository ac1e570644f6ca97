"""Finds records and entries by id, by the beginning of an id, or by object id.

A full record id is a look-up of its path. The beginning of one is searched in the folders of
its time. Only object ids need a walk, since nothing in a ledger is named by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from gitprov.errors import Code, UsageError
from gitprov.model.ids import RECORD_KINDS, UUID7_PATTERN
from gitprov.service.ledger.read_entries import EntryReader, ListedEntry
from gitprov.service.ledger.record_files import RecordFile, find_record_file, iter_record_files
from gitprov.service.ledger.view import LedgerView

SHORTEST = 4
"""Characters that the beginning of an id must at least have."""
_CANDIDATES = 10
_FULL_ID = re.compile(UUID7_PATTERN)
_SHAPE = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Found:
    """The records or the entry that an id names.

    Args:
        records: the records of that id: one, or several kinds that share it (a proposal, its
            enactment, its tombstone), in the order of the kinds. Empty for an entry.
        entry: the entry of that object id; None for a record.
    """

    records: tuple[RecordFile, ...]
    entry: ListedEntry | None = None


def find(reader: EntryReader, tip: str, text: str) -> Found:
    """Find what a text names: ``[KIND:]ID``, the beginning of an id, or an entry's object id.

    A record goes before an entry whose object id begins alike.

    Args:
        reader: reads the ledger.
        tip: its last entry.
        text: an id as a user types it.

    Raises:
        UsageError: GPV-422-ARGUMENT (no such form, or it may mean several), GPV-404-LINK
            (nothing on the ledger has that id).
    """
    kinds, plain = _split_kind(text)
    root = reader.tree(tip)
    records = () if root is None else _find_records(reader.view, root, kinds, plain)
    if records:
        return Found(records)
    if len(kinds) > 1 and _HEX.fullmatch(plain):
        entry = _find_entry(reader, tip, plain)
        if entry is not None:
            return Found((), entry)
    raise UsageError(
        Code.LINK,
        f"nothing on this ledger has the id {text[:60]!r}; see `gitprov log`, and `git fetch` or"
        " `gitprov pull` if it was recorded elsewhere",
    )


def find_run(view: LedgerView, root: str, text: str) -> RecordFile:
    """Find one run by its id or the beginning of it.

    Raises:
        UsageError: as find.
    """
    kinds, plain = _split_kind(text)
    if "run" not in kinds:
        raise UsageError(Code.ARGUMENT, f"{text[:60]!r} is not the id of a run")
    found = _find_records(view, root, ("run",), plain)
    if not found:
        raise UsageError(Code.LINK, f"there is no run {text[:60]!r} on this ledger")
    return found[0]


def locate(reader: EntryReader, tip: str, path: str) -> ListedEntry | None:
    """Find the entry that added a file, None if the tip has no such file.

    A path that has appeared stays, so along the mainline its presence changes once: the walk
    down looks only at every first, second, fourth, ... entry and then halves the last gap.

    Args:
        reader: reads the ledger.
        tip: its last entry.
        path: path in the ledger's tree.
    """
    if not _has(reader, tip, path):
        return None
    chain = [tip]
    gap = 1
    while True:
        more = list(islice(_older(reader, chain[-1]), gap))
        chain += more
        if not more or not _has(reader, chain[-1], path):
            break
        chain = [chain[-1]]
        gap *= 2
    low, high = 0, len(chain)
    while high - low > 1:
        middle = (low + high) // 2
        if _has(reader, chain[middle], path):
            low = middle
        else:
            high = middle
    return _into_branch(reader, chain[low], path)


def _into_branch(reader: EntryReader, accepted: str, path: str) -> ListedEntry:
    """Follow a mainline entry that first has a path to the entry that added it."""
    mainline = reader.entry(accepted)
    oid = accepted
    while True:
        older = next((p for p in reader.parents(oid) if _has(reader, p, path)), None)
        if older is None:
            return reader.entry(oid, mainline.accepted)
        oid = older


def _older(reader: EntryReader, oid: str) -> Iterator[str]:
    parents = reader.parents(oid)
    while parents:
        yield parents[0]
        parents = reader.parents(parents[0])


def _has(reader: EntryReader, oid: str, path: str) -> bool:
    tree = reader.tree(oid)
    return tree is not None and reader.view.find(tree, path) is not None


def _split_kind(text: str) -> tuple[tuple[str, ...], str]:
    kind, mark, plain = text.rpartition(":")
    if mark and kind not in RECORD_KINDS:
        known = ", ".join(RECORD_KINDS)
        raise UsageError(Code.ARGUMENT, f"{kind[:40]!r} is not a kind of record: one of {known}")
    plain = plain.lower()
    if len(plain) < SHORTEST or not _may_be_id(plain):
        raise UsageError(
            Code.ARGUMENT,
            f"{text[:60]!r} is not an id: give a record id, an object id, or at least the first"
            f" {SHORTEST} characters of one",
        )
    return ((kind,) if mark else RECORD_KINDS), plain


def _may_be_id(plain: str) -> bool:
    """Whether a text can be the beginning of a record id or of an object id."""
    if _HEX.fullmatch(plain):
        return len(plain) <= 40  # noqa: PLR2004 - digits of an object id
    shape = _SHAPE[: len(plain)]
    return len(plain) <= len(_SHAPE) and all(
        (wanted == "-") == (found == "-") and (found == "-" or _HEX.fullmatch(found))
        for wanted, found in zip(shape, plain, strict=True)
    )


def _find_records(
    view: LedgerView, root: str, kinds: tuple[str, ...], plain: str
) -> tuple[RecordFile, ...]:
    if _FULL_ID.fullmatch(plain):
        found = (find_record_file(view, root, kind, plain) for kind in kinds)
        return tuple(file for file in found if file is not None)
    if _HEX.fullmatch(plain) and len(plain) > _SHAPE.index("-"):
        return ()
    files: list[RecordFile] = []
    for kind in kinds:
        wanted = _CANDIDATES + 1 - len({file.record_id for file in files})
        files += islice(iter_record_files(view, root, kind, plain), max(wanted, 0))
    if len({file.record_id for file in files}) > 1:
        raise _ambiguous(plain, [f"{file.kind}:{file.record_id}" for file in files])
    return tuple(files)


def _find_entry(reader: EntryReader, tip: str, plain: str) -> ListedEntry | None:
    found = None
    for oid, accepted, repeated in reader.places(tip):
        if not oid.startswith(plain):
            continue
        if found is not None:
            raise _ambiguous(plain, [found.oid, oid])
        found = reader.entry(oid, accepted, repeated)
        if oid == plain:
            break
    return found


def _ambiguous(plain: str, candidates: list[str]) -> UsageError:
    shown = sorted(candidates)[:_CANDIDATES]
    more = ", and more" if len(candidates) > _CANDIDATES else ""
    return UsageError(
        Code.ARGUMENT,
        f"{plain!r} may mean several: {', '.join(shown)}{more}; give more characters",
        candidates=shown,
    )
