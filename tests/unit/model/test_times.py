"""Times have one form; everything else is refused or, in drafts, brought to it."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from gitprov.model.times import (
    MAX_MS,
    TIME_PATTERN,
    Time,
    format_time,
    moment,
    normalise_time,
    time_ms,
)
from tests.support.sample_records import short

ADAPTER = TypeAdapter(Time)
GOOD = re.compile(TIME_PATTERN)


def accepts(text: str) -> bool:
    try:
        ADAPTER.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


def test_every_day_of_the_calendar_and_no_other() -> None:
    """All days from 1970 to 9999, by the pattern itself; days that do not exist are refused."""
    for year in range(1969, 10_000):
        if year == 1969:
            assert not GOOD.search(f"{year}-12-31T00:00:00.000Z")
            continue
        leap = isleap(year)
        assert bool(GOOD.search(f"{year}-02-29T00:00:00.000Z")) is leap, year
    for month in range(14):
        for day in range(33):
            text = f"2027-{month:02d}-{day:02d}T00:00:00.000Z"
            try:
                datetime(2027, month, day, tzinfo=UTC)
            except ValueError:
                assert not accepts(text), text
            else:
                assert accepts(text), text


def test_every_time_of_the_day() -> None:
    for hour in range(26):
        for part in (0, 1, 9, 10, 29, 30, 59, 60, 61):
            good = hour < 24 and part < 60
            assert accepts(f"2026-11-20T{hour:02d}:{part:02d}:00.000Z") is good
            assert accepts(f"2026-11-20T{hour:02d}:00:{part:02d}.999Z") is good


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-20",
        "2026-11-20T10:34:56Z",
        "2026-11-20T10:34:56.12Z",
        "2026-11-20T10:34:56.1234Z",
        "2026-11-20T10:34:56.123",
        "2026-11-20T10:34:56.123+00:00",
        "2026-11-20T10:34:56.123-00:00",
        "2026-11-20t10:34:56.123z",
        "2026-11-20 10:34:56.123Z",
        "2026-11-20T10:34:56,123Z",
        "2026-11-20T10:34:56.123Z\n",
        "\n2026-11-20T10:34:56.123Z",
        " 2026-11-20T10:34:56.123Z",
        "+2026-11-20T10:34:56.123Z",
        "2026-W47-5T10:34:56.123Z",
        "2026-324T10:34:56.123Z",
        "0000-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "10000-01-01T00:00:00.000Z",
        "2026-11-20T24:00:00.000Z",
        "2026-06-30T23:59:60.000Z",
        "2026-02-30T00:00:00.000Z",
        "٢٠٢٦-11-20T10:34:56.123Z",
        "2026-11-20T10:34:56.1२3Z",
    ],
    ids=short,
)
def test_r12_other_forms_are_no_times(text: str) -> None:
    assert not accepts(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("2026-11-10T10:34:56.123Z", 1_794_306_896_123),
        ("9999-12-31T23:59:59.999Z", MAX_MS),
    ],
)
def test_milliseconds_and_back(text: str, ms: int) -> None:
    assert time_ms(text) == ms
    assert format_time(ms) == text
    assert moment(ms) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


@pytest.mark.parametrize("ms", [-1, MAX_MS + 1])
def test_times_beyond_the_calendar_have_no_form(ms: int) -> None:
    with pytest.raises(ValueError, match="1970 to 9999"):
        format_time(ms)


def test_what_is_no_time_has_no_milliseconds() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        time_ms("yesterday")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T10:34:56.123Z", "2026-11-20T10:34:56.123Z"),
        ("2026-11-20T10:34:56Z", "2026-11-20T10:34:56.000Z"),
        ("2026-11-20 10:34:56z", "2026-11-20T10:34:56.000Z"),
        ("2026-11-20t10:34:56.1Z", "2026-11-20T10:34:56.100Z"),
        ("2026-11-20T10:34:56.999999999Z", "2026-11-20T10:34:56.999Z"),
        ("2026-11-20T10:34:56.123+02:00", "2026-11-20T08:34:56.123Z"),
        ("2026-11-20T01:00:00-05:30", "2026-11-20T06:30:00.000Z"),
        ("2026-11-20 10:34:56.123Z", "2026-11-20T10:34:56.123Z"),
    ],
)
def test_a_draft_may_write_a_time_in_another_way(text: str, expected: str) -> None:
    assert normalise_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2h ago",
        "2026-11-20",
        "2026-11-20T10:34:56",
        "2026-11-20T10:34:56-00:00",
        "2026-06-30T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-11-20T10:34:56+99:00",
        "0000-01-01T00:00:00Z",
        "1970-01-01T00:00:00+01:00",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-01:00",
        "2026-02-30T00:00:00.000Z",
    ],
    ids=short,
)
def test_r12_what_cannot_be_understood_stays_for_the_schema_to_refuse(text: str) -> None:
    assert normalise_time(text) == text
    assert not accepts(text)
