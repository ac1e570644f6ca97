"""Times that people type become the one form of a record."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, UsageError
from gitprov.model.time_text import parse_time_text
from gitprov.model.times import time_ms

NOW_TEXT = "2026-11-20T10:34:55.900Z"
NOW = time_ms(NOW_TEXT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW_TEXT),
        (" NOW ", NOW_TEXT),
        ("0s ago", NOW_TEXT),
        ("10m ago", "2026-11-20T10:24:55.900Z"),
        ("2h ago", "2026-11-20T08:34:55.900Z"),
        ("2 hours ago", "2026-11-20T08:34:55.900Z"),
        ("1h30m ago", "2026-11-20T09:04:55.900Z"),
        ("1 day 1 minute ago", "2026-11-19T10:33:55.900Z"),
        ("3 Secs ago", "2026-11-20T10:34:52.900Z"),
        ("1w ago", "2026-11-13T10:34:55.900Z"),
        ("2026-11-20", "2026-11-20T00:00:00.000Z"),
        ("2026-11-20T10:34Z", "2026-11-20T10:34:00.000Z"),
        ("2026-11-20T10:34:55.9Z", NOW_TEXT),
        ("2026-11-20t10:34:55.900z", NOW_TEXT),
        ("2026-11-20 10:34:55.900999999Z", NOW_TEXT),
        ("2026-11-20T12:04:55.900+01:30", NOW_TEXT),
        ("2026-11-20T00:04:55.900-10:30", NOW_TEXT),
        ("1970-01-01", "1970-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
    ],
)
def test_a_time_is_read(text: str, expected: str) -> None:
    assert parse_time_text(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ago",
        "h ago",
        "2h",
        "2x ago",
        "-2h ago",
        "2h agox",
        "yesterday",
        "2026-11-20T10:34:55",
        "2026-02-30",
        "2026-13-01",
        "2026-11-20T24:00:01Z",
        "2026-11-20T10:34:60Z",
        "2026-11-20T10:34:55+99:99",
        "1969-12-31",
        "0000-01-01",
        "9999-12-31T23:59:59-01:00",
        "999999999w ago",
        "2026\u221211\u221220",
        "\u0662h ago",
        "2026-11-20\x00",
    ],
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="2h ago") as caught:
        parse_time_text(text, NOW)
    assert caught.value.code is Code.ARGUMENT


def test_a_huge_text_is_shown_cut_and_refused_quickly() -> None:
    with pytest.raises(UsageError) as caught:
        parse_time_text("1h" * 100_000, NOW)
    assert len(caught.value.message) < 300
