"""Reads the drafts of a file for ``record``; loaded only where there is a file.

Runs that come from flags alone do without a YAML reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from gitprov.codec.drafts import MAX_DRAFT_BYTES, Draft, read_draft, read_drafts
from gitprov.errors import GitprovError
from gitprov.model.kinds import Record


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file with drafts.

    Args:
        file: one draft, or many.
        kind: of every draft.
        batch: there may be many.
    """

    file: BinaryIO
    kind: str
    batch: bool


def complete_file(
    drafts: DraftFile,
    complete: Callable[[Mapping[str, Any]], Record],
    flags: Mapping[str, Any],
) -> list[Record]:
    """Complete every draft of a file.

    Args:
        drafts: the file.
        complete: makes a record of a draft.
        flags: what the flags say, as a draft.

    Raises:
        GitprovError: the first draft that is wrong; ``details`` has its ``line``, and of a
            batch its ``document``, counted from 1.
    """
    records = []
    for number, draft in _numbered(_drafts(drafts), batch=drafts.batch):
        try:
            records.append(complete(overridden(draft.mapping, flags)))
        except GitprovError as reason:
            raise _located(reason, number, draft) from reason
    return records


def overridden(draft: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """Let flags override a draft: maps key by key, everything else as a whole."""
    merged = dict(draft)
    for field, value in flags.items():
        old = merged.get(field)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            merged[field] = {**old, **value}
        else:
            merged[field] = value
    return merged


def _drafts(drafts: DraftFile) -> Iterator[Draft]:
    if drafts.batch:
        yield from read_drafts(drafts.file, drafts.kind)
    else:
        yield read_draft(drafts.file.read(MAX_DRAFT_BYTES + 1), drafts.kind)


def _numbered(drafts: Iterable[Draft], *, batch: bool) -> Iterator[tuple[int | None, Draft]]:
    """Count the drafts of a batch from 1; one that cannot be read is named by its number."""
    number = 0
    try:
        for number, draft in enumerate(drafts, 1):
            yield number if batch else None, draft
    except GitprovError as reason:
        raise _located(reason, number + 1 if batch else None) from reason


def _located(reason: GitprovError, number: int | None, draft: Draft | None = None) -> GitprovError:
    """Return the same error, with the number of its document in a batch and its line."""
    details = dict(reason.details)
    place = []
    if number is not None:
        details["document"] = number
        place.append(f"document {number}")
    line = None if draft is None else draft.line_of(details.get("field"))
    if line is not None and "line" not in details:
        details["line"] = line
        place.append(f"line {line}")
    text = f"{', '.join(place)}: {reason.message}" if place else reason.message
    return type(reason)(reason.code, text, **details)
