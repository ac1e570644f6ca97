"""The flags of ``record`` become a draft, and override one."""

from __future__ import annotations

from typing import Any

import click
import pytest

from gitprov.app.draft_file import overridden
from gitprov.cli.input.draft_flags import flags_as_draft
from gitprov.errors import UsageError
from gitprov.model.run import RunRecord

NOW = 1_800_000_000_000


def test_no_flag_is_no_field() -> None:
    nothing = {"agent": None, "inputs": (), "labels": (), "as_json": True}
    assert flags_as_draft(nothing, NOW) == {}


def test_flags_become_fields_of_a_run() -> None:
    flags: dict[str, Any] = {
        "agent": "demo",
        "status": "SUCCESS",
        "actor": "ai",
        "job_id": "j",
        "inputs": ("a", "b"),
        "commits": ("HEAD",),
        "started": "1h ago",
        "params": (("k", "v"),),
        "metrics": (("n", 3), ("n", 3)),
        "error_code": "E1",
        "error": "",
    }
    draft = flags_as_draft(flags, NOW)
    assert draft == {
        "agent_name": "demo",
        "run_status": "SUCCESS",
        "mutation": {"actor_kind": "AI", "job_id": "j"},
        "input_files": [{"path": "a"}, {"path": "b"}],
        "code_commits": [{"commit": "HEAD"}],
        "started_at": "2027-01-15T07:00:00.000Z",
        "parameters": {"k": "v"},
        "metrics": {"n": 3},
        "error": {"code": "E1", "message": ""},
    }
    assert set(draft) <= set(RunRecord.model_fields)


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="not a time"):
        flags_as_draft({"finished": "soon"}, NOW)


def test_two_values_for_one_key_are_refused() -> None:
    with pytest.raises(click.UsageError, match="--label gives 'a' two values"):
        flags_as_draft({"labels": (("a", "1"), ("a", "2"))}, NOW)


def test_flags_override_a_draft_map_by_map() -> None:
    draft = {"agent_name": "a", "labels": {"x": "1", "y": "2"}, "input_files": ["a"]}
    flags = {"agent_name": "b", "labels": {"y": "3"}, "input_files": ["b"], "notes": "n"}
    assert overridden(draft, flags) == {
        "agent_name": "b",
        "labels": {"x": "1", "y": "3"},
        "input_files": ["b"],
        "notes": "n",
    }
    assert draft["labels"] == {"x": "1", "y": "2"}
    assert overridden({"labels": "odd"}, {"labels": {"y": "3"}}) == {"labels": {"y": "3"}}
