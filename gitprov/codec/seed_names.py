"""The names of the original run record, in PascalCase, as aliases in a draft (2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from gitprov.errors import Code, RecordError
from gitprov.model.ids import UUID_PATTERN
from gitprov.model.times import normalise_time

_UUID = re.compile(UUID_PATTERN, re.IGNORECASE)
_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?"
    r"(?:(?P<seconds>\d{1,9}(?:[.,]\d{1,6})?)S)?)?"
)
_HEAD_DIGITS = 40
_RENAMED: Final[Mapping[str, str]] = {
    "DeliverableID": "subject",
    "RunTimestamp": "started_at",
    "RunPassDirective": "directive",
}
"""The seed's name -> ours, where it is not the same words in another case."""


def read_seed_name(
    name: str, value: object, draft: Mapping[str, object]
) -> dict[str, object] | None:
    """Return the fields that one of the seed's names stands for; None if it is not one of them.

    Names that are only spelt otherwise (AgentName) are not among them.

    Args:
        name: a key of the draft.

    Raises:
        RecordError: GPV-422-SCHEMA, a duration that is not one or has no start.
    """
    if name in _RENAMED:
        return {_RENAMED[name]: value}
    reader = _READERS.get(name)
    if reader is None:
        return None
    return {} if value is None else reader(value, draft)


def _run_id(value: object, _: Mapping[str, object]) -> dict[str, object]:
    """A RunID of the seed's own form is where the record came from, not its id."""
    if not isinstance(value, str) or _UUID.fullmatch(value):
        return {"run_id": value}
    return {"source": {"system": "RunID", "session_id": value}}


def _context(value: object, _: Mapping[str, object]) -> dict[str, object]:
    """A commit is the context by itself; a digest must be that of the files (2.7)."""
    if isinstance(value, str) and len(value) == _HEAD_DIGITS:
        return {"input_context": {"method": "git-head", "head_commit": value}}
    return {"input_context": {"digest": value}}


def _error(value: object, _: Mapping[str, object]) -> dict[str, object]:
    return {"error": {"message": value}}


def _duration(value: object, given: Mapping[str, object]) -> dict[str, object]:
    start = given.get("RunTimestamp", given.get("started_at"))
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        text = f"RunDuration is {str(value)[:40]!r}; give an ISO 8601 duration such as PT12M3S"
        raise RecordError(Code.SCHEMA, text, field="finished_at")
    if isinstance(start, datetime) and start.tzinfo is not None:
        start = start.isoformat()
    begun = normalise_time(start) if isinstance(start, str) else None
    if not isinstance(begun, str):
        text = "RunDuration needs RunTimestamp, the time when the run began"
        raise RecordError(Code.SCHEMA, text, field="started_at")
    parts = {k: float(v.replace(",", ".")) for k, v in match.groupdict().items() if v}
    try:
        end = datetime.fromisoformat(begun) + timedelta(**parts)
    except (ValueError, OverflowError):
        text = f"{begun[:40]!r} is not a time that RunDuration can be added to"
        raise RecordError(Code.SCHEMA, text, field="started_at") from None
    return {"finished_at": end.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


_READERS: Final[Mapping[str, Callable[[object, Mapping[str, object]], dict[str, object]]]] = {
    "RunID": _run_id,
    "InputContextSHA": _context,
    "ErrorSummary": _error,
    "RunDuration": _duration,
}
