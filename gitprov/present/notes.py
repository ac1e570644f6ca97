"""Differences between notes and ledger."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.model.words import counted
from gitprov.service.notes.derive import NoteDifferences


def notes_mapping(found: NoteDifferences) -> dict[str, object]:
    """Render how the notes differ from the ledger for JSON."""
    return {
        "count": found.count,
        "commits": found.commits,
        "missing": found.missing,
        "foreign": found.foreign,
        "altered": found.altered,
    }


def checked_lines(found: NoteDifferences) -> Iterator[str]:
    """Render a check of the notes in lines for people."""
    if not found.count:
        yield f"the notes of {counted(found.commits, 'commit')} are as the ledger yields them"
    yield from _differences(found)


def rebuilt_lines(found: NoteDifferences) -> Iterator[str]:
    """Render a rebuild of the notes in lines for people."""
    if not found.count:
        yield f"the notes of {counted(found.commits, 'commit')} were right already"
        return
    yield from _differences(found)
    yield f"fixed {found.count} of {counted(found.commits, 'note')}"


def _differences(found: NoteDifferences) -> Iterator[str]:
    yield from (f"missing {commit}: runs name it, and it has no note" for commit in found.missing)
    yield from (f"foreign {commit}: it has a note, and no run names it" for commit in found.foreign)
    yield from (f"altered {commit}: its note says something else" for commit in found.altered)
