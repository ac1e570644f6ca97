"""Times as people write them: RFC 3339, a date, ``now``, ``2h ago``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from gitprov.errors import Code, UsageError
from gitprov.model.times import MAX_MS, format_time

FORMS: Final = "2026-11-20T10:34:00Z, 2026-11-20 (midnight UTC), now, 10m ago or 2h ago"
"""Examples of what `parse_time_text` accepts, for help and messages."""

_MS: Final = {
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
}
_UNIT = r"s|m|h|d|w|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?"
_AGO = re.compile(rf"((?:[0-9]{{1,9}}\s*(?:{_UNIT})\s*)+)ago")
_PART = re.compile(r"([0-9]+)\s*([a-z])")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time_text(text: str, now_ms: int) -> str:
    """Read a time and render it in the one form of a record (UTC, milliseconds).

    Digits beyond milliseconds are cut off.

    Args:
        text: what a person typed.
        now_ms: the clock, milliseconds since 1970.

    Raises:
        UsageError: GPV-422-ARGUMENT, no such time, or none of the years 1970 to 9999.
    """
    plain = text.strip()
    ms = _relative(plain.lower(), now_ms)
    if ms is None:
        ms = _absolute(plain)
    if ms is None or not 0 <= ms <= MAX_MS:
        raise UsageError(Code.ARGUMENT, f"{text[:60]!r} is not a time; write {FORMS}")
    return format_time(ms)


def _relative(text: str, now_ms: int) -> int | None:
    if text == "now":
        return now_ms
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    return now_ms - sum(int(count) * _MS[unit] for count, unit in _PART.findall(match[1]))


def _absolute(text: str) -> int | None:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    date, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone is None or zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{offset}")
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * 1000 + int((fraction or "0").ljust(3, "0")[:3])
