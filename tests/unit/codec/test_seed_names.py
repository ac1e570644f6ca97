"""Every name of the original run record is an alias in a draft (2.4)."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.drafts import from_mapping, read_draft
from gitprov.errors import Code, RecordError
from tests.support.sample_records import RUN_ID, SHA256

WHOLE = """\
SchemaVersion: v1.0
RunID: RUN-DEL-08-06-20261110-1030-001
DeliverableID: DEL-08-06
AgentName: 4_DOCUMENTS
AgentType: TYPE_2
RunTimestamp: 2026-11-10T11:30:00+01:00
RunDuration: PT4M55.9S
RunStatus: PARTIAL
RunPassDirective: P1_P2
InputContextSHA: {sha}
InputFiles: [_CONTEXT.md]
OutputFiles: [Datasheet.md]
StatusBefore: OPEN
StatusAfter: INITIALIZED
ErrorSummary: Guidance.md was not written
Notes: one source is missing
"""


def test_a_whole_record_of_the_seed_is_a_draft() -> None:
    draft = read_draft(WHOLE.format(sha=SHA256).encode())
    assert draft.mapping == {
        "schema_version": "v1.0",
        "source": {"system": "RunID", "session_id": "RUN-DEL-08-06-20261110-1030-001"},
        "subject": "DEL-08-06",
        "agent_name": "4_DOCUMENTS",
        "agent_type": "TYPE_2",
        "started_at": "2026-11-10T10:30:00.000Z",
        "finished_at": "2026-11-10T10:34:55.900Z",
        "run_status": "PARTIAL",
        "directive": "P1_P2",
        "input_context": {"digest": SHA256},
        "input_files": [{"path": "_CONTEXT.md"}],
        "output_files": [{"path": "Datasheet.md"}],
        "status_before": "OPEN",
        "status_after": "INITIALIZED",
        "error": {"message": "Guidance.md was not written"},
        "notes": "one source is missing",
    }
    assert (draft.line_of("finished_at"), draft.line_of("subject")) == (7, 3)


def test_a_run_id_that_is_a_uuid_is_the_id() -> None:
    assert from_mapping({"RunID": RUN_ID}).mapping == {"run_id": RUN_ID}


def test_a_context_of_forty_digits_is_a_commit() -> None:
    assert from_mapping({"InputContextSHA": "a" * 40}).mapping == {
        "input_context": {"method": "git-head", "head_commit": "a" * 40}
    }


@pytest.mark.parametrize(
    "name", ["RunID", "RunDuration", "InputContextSHA", "ErrorSummary", "DeliverableID"]
)
@pytest.mark.parametrize("text", ["{}: null", '{{"{}": null}}', "{}:"])
def test_null_is_not_known(name: str, text: str) -> None:
    assert read_draft(text.format(name).encode()).mapping == {}


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("PT0S", "2026-11-10T10:30:00.000Z"),
        ("PT1H2M3.004S", "2026-11-10T11:32:03.004Z"),
        ("PT3,5S", "2026-11-10T10:30:03.500Z"),
        ("P1D", "2026-11-11T10:30:00.000Z"),
        ("P1DT1H", "2026-11-11T11:30:00.000Z"),
        ("PT90M", "2026-11-10T12:00:00.000Z"),
    ],
)
def test_a_duration_gives_the_end(duration: str, end: str) -> None:
    draft = {"RunTimestamp": "2026-11-10T10:30:00Z", "RunDuration": duration}
    assert from_mapping(draft).mapping["finished_at"] == end
    moment = {"started_at": datetime(2026, 11, 10, 10, 30, tzinfo=UTC), "RunDuration": duration}
    assert from_mapping(moment).mapping["finished_at"] == end


@pytest.mark.parametrize(
    "duration", ["", "P", "PT", "P1", "5 minutes", "PT-5S", "P1Y", "P1M", "pt5s", "PT5S ", 300]
)
def test_what_is_not_a_duration_is_refused(duration: object) -> None:
    refused({"RunTimestamp": "2026-11-10T10:30:00Z", "RunDuration": duration}, "finished_at")


@pytest.mark.parametrize("start", [None, 5, "", "yesterday", "2026-02-30T00:00:00Z"])
def test_a_duration_needs_a_start(start: object) -> None:
    refused({"RunTimestamp": start, "RunDuration": "PT5S"}, "started_at")


def test_a_duration_may_not_leave_the_calendar() -> None:
    refused({"RunTimestamp": "9999-12-31T23:59:59Z", "RunDuration": "P9D"}, "started_at")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"RunTimestamp": "x", "started_at": "y"}, "started_at"),
        ({"DeliverableID": "x", "subject": "y"}, "subject"),
        ({"subject": "y", "DeliverableID": "x"}, "subject"),
        ({"ErrorSummary": "x", "error": {"message": "y"}}, "error"),
        ({"RunID": "x", "source": {"system": "y", "session_id": "z"}}, "source"),
    ],
)
def test_one_field_is_given_once(draft: dict[str, Any], field: str) -> None:
    assert "given twice" in refused(draft, field)


def test_two_halves_of_one_field_are_one() -> None:
    draft = {"ErrorSummary": "x", "error": {"code": "E1"}, "RunID": "r", "source": {"turn_id": "1"}}
    assert from_mapping(draft).mapping == {
        "error": {"message": "x", "code": "E1"},
        "source": {"system": "RunID", "session_id": "r", "turn_id": "1"},
    }


def test_other_kinds_have_no_such_names() -> None:
    with pytest.raises(RecordError, match="is not a field"):
        from_mapping({"DeliverableID": "x"}, "state")


@given(st.text(max_size=40))
def test_any_text_as_a_duration_is_read_or_refused(text: str) -> None:
    draft = {"RunTimestamp": "2026-11-10T10:30:00Z", "RunDuration": text}
    with contextlib.suppress(RecordError):
        assert from_mapping(draft).mapping["finished_at"] >= "2026-11-10T10:30:00.000Z"


def refused(draft: dict[str, Any], field: str) -> str:
    with pytest.raises(RecordError) as caught:
        from_mapping(draft)
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == field
    return caught.value.message
