"""Paths and times under chance."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gitprov.model.ids import KIND_FOLDERS, RECORD_KINDS, parse_path, record_path, uuid7_ms
from gitprov.model.times import MAX_MS, format_time, moment, normalise_time, time_ms

MOMENTS = st.integers(0, MAX_MS)


@st.composite
def record_ids(draw: st.DrawFn) -> str:
    time = f"{draw(MOMENTS):012x}"
    rest = f"{draw(st.integers(0, 16**12 - 1)):012x}"
    digit = f"{draw(st.integers(0, 16**3 - 1)):03x}"
    variant = draw(st.sampled_from("89ab"))
    return f"{time[:8]}-{time[8:]}-7{digit}-{variant}{digit}-{rest}"


@given(st.sampled_from(RECORD_KINDS), record_ids())
def test_an_id_and_its_path_are_one(kind: str, record_id: str) -> None:
    path = record_path(kind, record_id)
    assert parse_path(path) == (kind, record_id)
    folder, year, month, day, hour, minute, name = path.split("/")
    time = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
    assert 0 <= uuid7_ms(record_id) - round(time.timestamp() * 1000) < 60_000
    assert (folder, name) == (KIND_FOLDERS[kind], f"{record_id}.yaml")


@given(st.text(max_size=60))
def test_a_path_that_is_parsed_is_the_one_that_is_made(path: str) -> None:
    parsed = parse_path(path)
    assert parsed is None or record_path(*parsed) == path


@given(record_ids(), st.integers(0, 58), st.sampled_from("0123456789abcdefg/-.A\n"))
def test_a_changed_character_is_another_path_or_none(record_id: str, at: int, new: str) -> None:
    path = record_path("run", record_id)
    changed = path[:at] + new + path[at + 1 :]
    parsed = parse_path(changed)
    assert parsed is None or record_path(*parsed) == changed


@given(MOMENTS)
def test_a_time_and_its_milliseconds_are_one(ms: int) -> None:
    text = format_time(ms)
    assert time_ms(text) == ms
    assert normalise_time(text) == text
    assert normalise_time(moment(ms).isoformat()) == text


@given(MOMENTS, MOMENTS)
def test_times_sort_like_what_they_name(one: int, two: int) -> None:
    assert (format_time(one) < format_time(two)) is (one < two)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_left_alone(text: str) -> None:
    normal = normalise_time(text)
    assert normal == text or time_ms(normal) >= 0
