"""What each run status demands (2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import RecordError
from gitprov.model.run_parts import RunStatus
from tests.support.sample_records import OTHER_ID, SHA256, run

FILE = {"path": "out", "sha256": SHA256, "size": 1}
ERROR = {"message": "disk full"}


def command(exit_code: int | None) -> dict[str, Any]:
    return {"argv": ["x"]} if exit_code is None else {"argv": ["x"], "exit_code": exit_code}


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("SUCCESS", {}),
    ("SUCCESS", {"command": command(0)}),
    ("SUCCESS", {"command": command(None)}),
    ("SUCCESS", {"output_files": [], "notes": "nothing to do"}),
    ("PARTIAL", {"output_files": [FILE], "error": ERROR}),
    ("PARTIAL", {"output_files": [FILE], "notes": "one of two"}),
    ("PARTIAL", {"artifacts": [OTHER_ID], "notes": "one of two"}),
    ("PARTIAL", {"artifacts": [OTHER_ID], "notes": "x", "command": command(1)}),
    ("FAILED", {"error": ERROR}),
    ("FAILED", {"notes": "gave up"}),
    ("FAILED", {"command": command(1)}),
    ("FAILED", {"command": command(-9)}),
    ("FAILED", {"error": {"message": ""}, "output_files": [FILE]}),
    ("SKIPPED", {"notes": "up to date", "status_after": "IN_PROGRESS"}),
    ("SKIPPED", {"notes": "up to date", "status_after": "IN_PROGRESS", "output_files": []}),
]
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("SUCCESS", {"error": ERROR}, "there is an error"),
    ("SUCCESS", {"command": command(1)}, "the exit code is 1"),
    ("SUCCESS", {"command": command(-1)}, "the exit code is -1"),
    ("PARTIAL", {"error": ERROR}, "no output"),
    ("PARTIAL", {"output_files": [], "artifacts": [], "notes": "x"}, "no output"),
    ("PARTIAL", {"output_files": [FILE]}, "error or notes"),
    ("PARTIAL", {"artifacts": [OTHER_ID], "command": command(1)}, "error or notes"),
    ("FAILED", {}, "error, notes or"),
    ("FAILED", {"command": command(0)}, "error, notes or"),
    ("FAILED", {"command": command(None), "output_files": [FILE]}, "error, notes or"),
    ("SKIPPED", {"notes": "x", "output_files": [FILE], "status_after": "IN_PROGRESS"}, "outputs"),
    ("SKIPPED", {"notes": "x"}, "status_after differs"),
    ("SKIPPED", {"status_after": "IN_PROGRESS"}, "notes that say why"),
    ("SKIPPED", {"status_after": "IN_PROGRESS", "error": ERROR}, "notes that say why"),
]


@pytest.mark.parametrize(("status", "fields"), GOOD)
def test_a_status_with_what_it_demands(status: str, fields: dict[str, Any]) -> None:
    record = build(run(run_status=status, **fields), "run")
    assert record.to_mapping()["run_status"] == status


@pytest.mark.parametrize(("status", "fields", "reason"), BAD)
def test_a_status_without_what_it_demands(status: str, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        build(run(run_status=status, **fields), "run")
    assert caught.value.details["field"] == "run_status"
    assert f"cannot be {status}" in caught.value.message
    assert reason in caught.value.message


def test_every_status_has_good_and_bad_cases() -> None:
    statuses = {status.value for status in RunStatus}
    assert {status for status, _ in GOOD} == {status for status, _, _ in BAD} == statuses
