"""V10: no silent edits by an AI."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RecordError, RefusedError
from gitprov.guard.mutation import StorageGuard, check_mutation
from gitprov.model.mutation import ActorKind, WriteActor

JOB, WORKFLOW = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1", "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
GOOD = {"actor_kind": "AI", "job_id": JOB, "workflow_id": WORKFLOW}
NOTHING: list[object] = [
    *("", " ", "\t\n", "\u2003", 0, 0.0, False, [], {}, (), None),
    *("n/a", "N/A", " none ", "-", "unknown", "TBD", "Tbd"),
    *(f"{c * 8}-{c * 4}-{c * 4}-{c * 4}-{c * 12}" for c in "0123456789abcdefABCDEF"),
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


@pytest.mark.parametrize("value", ["x", "1" * 36, "11111111", 7, True, ["x"], {"x": 1}, "０"])
def test_other_malformed_values_are_left_to_the_schema(value: object) -> None:
    assert check_mutation({**GOOD, "job_id": value}) == []


@pytest.mark.parametrize(
    "mutation",
    [None, "AI", [], {}, {"actor_kind": "HUMAN"}, {"actor_kind": "ai"}, {"actor_kind": ["AI"]}],
    ids=repr,
)
def test_only_an_ai_is_asked(mutation: object) -> None:
    assert check_mutation(mutation) == []


RUN = "run:01a1c506-70fb-7e97-b00d-1c0ffee00123"
EVENTS = [f"5f0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f{number}" for number in range(3)]


@pytest.fixture
def guard() -> StorageGuard:
    events = iter(EVENTS)
    return StorageGuard(lambda: next(events), lambda: "2026-11-10T10:34:56.123Z")


def test_the_guard_makes_the_metadata_afresh_for_every_write(guard: StorageGuard) -> None:
    robot = WriteActor(ActorKind.AI, "claude-code")
    for event in EVENTS:
        metadata = guard.validate_write(robot, RUN, JOB, WORKFLOW)
        assert metadata.to_mapping() == {
            "actor_kind": "AI",
            "actor_id": "claude-code",
            "job_id": JOB,
            "workflow_id": WORKFLOW,
            "edit_event_id": event,
            "resource_id": RUN,
            "timestamp": "2026-11-10T10:34:56.123Z",
        }
        assert metadata.mutation.to_mapping().items() <= metadata.to_mapping().items()


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_the_guard_refuses_a_silent_edit(guard: StorageGuard, nothing: object) -> None:
    for job, workflow in ((nothing, WORKFLOW), (JOB, nothing), (nothing, nothing)):
        with pytest.raises(RefusedError) as caught:
            guard.validate_write(WriteActor("AI"), RUN, job, workflow)
        assert caught.value.code is Code.SILENT_EDIT


@pytest.mark.parametrize("kind", ["HUMAN", "SYSTEM"])
def test_others_need_no_job(guard: StorageGuard, kind: str) -> None:
    metadata = guard.validate_write(WriteActor(kind), RUN)
    assert (metadata.job_id, metadata.workflow_id) == (None, None)


@pytest.mark.parametrize(
    ("actor", "resource", "job", "field"),
    [
        (WriteActor("ROBOT"), RUN, JOB, "actor_kind"),
        (WriteActor(None), RUN, JOB, "actor_kind"),
        (WriteActor("HUMAN", "\n"), RUN, JOB, "actor_id"),
        (WriteActor("HUMAN"), "run", JOB, "resource_id"),
        (WriteActor("AI"), RUN, "job 7", "job_id"),
        (WriteActor("HUMAN"), RUN, 7, "job_id"),
    ],
)
def test_a_malformed_value_is_one_of_the_schema(
    guard: StorageGuard, actor: WriteActor, resource: str, job: object, field: str
) -> None:
    with pytest.raises(RecordError) as caught:
        guard.validate_write(actor, resource, job, WORKFLOW)
    assert caught.value.code is Code.SCHEMA
    assert caught.value.details["field"] == f"mutation.{field}"
    assert caught.value.message.startswith(f"mutation.{field} ")
