"""Times: RFC 3339, UTC, milliseconds, ``Z``, years 1970 to 9999, no leap second (2.4).

A time stays the text that was signed; texts of this one form sort like the times they name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints

_DATE = (
    r"(?:"
    r"(?:19[7-9][0-9]|[2-9][0-9]{3})-"
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:19(?:[79][26]|8[048])"
    r"|[2-9][0-9](?:0[48]|[2468][048]|[13579][26])"
    r"|(?:[2468][048]|[3579][26])00)-02-29"
    r")"
)
TIME_PATTERN = rf"^{_DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{{3}}Z$"
Time = Annotated[str, StringConstraints(pattern=TIME_PATTERN)]

SKEW_MS = 10 * 60 * 1000
DAY_MS = 24 * 60 * 60 * 1000
_LENGTH = len("2026-11-20T10:34:56.123Z")
MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_RFC3339 = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,9}))?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def time_ms(time: str) -> int:
    """Milliseconds since 1970 of a time in the one form; ValueError for any other text."""
    return (datetime.fromisoformat(time) - _EPOCH) // _MILLISECOND


def format_time(ms: int) -> str:
    """Render milliseconds since 1970 (0 to MAX_MS) in the one form."""
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def moment(ms: int) -> datetime:
    """Turn milliseconds since 1970 (0 to MAX_MS) into a datetime in UTC."""
    if not 0 <= ms <= MAX_MS:
        raise ValueError(f"{ms} ms is not a time in the years 1970 to 9999")
    return _EPOCH + timedelta(milliseconds=ms)


def normalise_time(text: str) -> str:
    """Bring an RFC 3339 time with a known offset to the one form; other text stays as it is.

    Finer fractions than milliseconds are cut off. ``-00:00`` (offset unknown) and leap seconds
    stay, so that the schema refuses them.
    """
    if len(text) == _LENGTH and text[10] == "T" and text[-1] == "Z":
        return text
    match = _RFC3339.fullmatch(text)
    if match is None or match["offset"] == "-00:00":
        return text
    date, clock, fraction, offset = match.group("date", "clock", "fraction", "offset")
    zone = "+00:00" if offset in {"Z", "z"} else offset
    try:
        time = datetime.fromisoformat(f"{date}T{clock}.{(fraction or '')[:3]:0<3}{zone}")
        return format_time((time - _EPOCH) // _MILLISECOND)
    except (ValueError, OverflowError):
        return text
