"""What the guard answers is what is stored (2.6)."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gitprov.errors import Code, RefusedError
from gitprov.guard.mutation import StorageGuard
from gitprov.service.ports.clock import Clock, Ids
from gitprov.service.write.audit_trail import AuditTrail
from gitprov.service.write.envelope import DraftDefaults, Envelope
from tests.support.sample_records import EVENT_ID, JOB_ID, RECORDED_AT, RUN_ID, WORKFLOW_ID


class Moment:
    """A clock that stands, and ids that are known."""

    def now_ms(self) -> int:
        return 0

    def uuid7(self, now_ms: int) -> str:
        assert now_ms == 0
        return RUN_ID


class Trail:
    """Remembers what was refused."""

    def __init__(self) -> None:
        self.refused_codes: list[Code] = []

    def refused(self, reason: RefusedError, _: object) -> None:
        self.refused_codes.append(reason.code)


def envelope(trail: Trail) -> Envelope:
    guard = StorageGuard(lambda: EVENT_ID, lambda: RECORDED_AT)
    moment = Moment()
    defaults = DraftDefaults("AI", JOB_ID, WORKFLOW_ID)
    return Envelope(
        guard, cast("Clock", moment), cast("Ids", moment), defaults, cast("AuditTrail", trail)
    )


@pytest.mark.parametrize("actor", ["HUMAN", "AI", "SYSTEM"])
def test_the_mutation_is_the_guards_answer(actor: str) -> None:
    draft: dict[str, Any] = {"mutation": {"actor_kind": actor, "actor_id": "x"}}
    fields = envelope(Trail()).open(draft, "run", RECORDED_AT)
    job = {"job_id": JOB_ID, "workflow_id": WORKFLOW_ID} if actor == "AI" else {}
    assert fields["mutation"] == {
        "actor_kind": actor,
        "actor_id": "x",
        **job,
        "edit_event_id": EVENT_ID,
        "resource_id": f"run:{RUN_ID}",
    }


def test_a_refusal_of_the_guard_is_noted_and_nothing_is_answered() -> None:
    trail = Trail()
    draft = {"mutation": {"actor_kind": "AI", "job_id": "n/a"}}
    with pytest.raises(RefusedError) as refused:
        envelope(trail).open(draft, "run", RECORDED_AT)
    assert refused.value.code == Code.SILENT_EDIT
    assert trail.refused_codes == [Code.SILENT_EDIT]
