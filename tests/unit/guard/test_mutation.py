"""V10: no silent edits by an AI."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from gitprov.guard.mutation import check_mutation

JOB, WORKFLOW = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1", "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
GOOD = {"actor_kind": "AI", "job_id": JOB, "workflow_id": WORKFLOW}
NOTHING: list[object] = [
    *("", " ", "\t\n", "\u2003", 0, 0.0, False, [], {}, (), None),
    *("n/a", "N/A", " none ", "-", "unknown", "TBD", "Tbd"),
    *(f"{c * 8}-{c * 4}-{c * 4}-{c * 4}-{c * 12}" for c in "0fF"),
]


def test_an_ai_that_names_job_and_workflow_may_write() -> None:
    assert check_mutation(GOOD) == []


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
@pytest.mark.parametrize("field", ["job_id", "workflow_id"])
def test_a_value_that_says_nothing_is_a_silent_edit(field: str, nothing: object) -> None:
    found = check_mutation({**GOOD, field: nothing}, "runs/x.yaml")
    assert [(f.code, f.path) for f in found] == [(Code.SILENT_EDIT, "runs/x.yaml")]
    assert f"mutation.{field}" in found[0].message


def test_a_value_that_is_absent_is_a_silent_edit() -> None:
    (found,) = check_mutation({"actor_kind": "AI"})
    assert "mutation.job_id and mutation.workflow_id" in found.message
    assert "--job-id" in found.message


@pytest.mark.parametrize("value", ["x", "nonesuch", 7, True, ["x"], {"x": 1}, "０"])
def test_other_malformed_values_are_left_to_the_schema(value: object) -> None:
    assert check_mutation({**GOOD, "job_id": value}) == []


@pytest.mark.parametrize(
    "mutation",
    [None, "AI", [], {}, {"actor_kind": "HUMAN"}, {"actor_kind": "ai"}, {"actor_kind": ["AI"]}],
    ids=repr,
)
def test_only_an_ai_is_asked(mutation: object) -> None:
    assert check_mutation(mutation) == []
