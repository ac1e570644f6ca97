"""The state record: one step of a run's progress (2.4)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from gitprov.model.frozen import Count, NumberMap, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity, require_not_after_recording
from gitprov.model.text import Line, Text, Uuid7
from gitprov.model.times import Time


class StateRecord(Record):
    """The status of a run when the state was recorded."""

    ID_FIELD: ClassVar[str] = "state_id"

    schema_version: Literal["v1.0"]
    kind: Literal["state"]
    state_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    run_id: Uuid7
    agent_name: Line
    sequence: Count
    status: Line
    phase: Line | None = None
    progress: NumberMap | None = None
    started_at: Time
    last_error: Text | None = None
    metadata: TextMap | None = None
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("state", self.state_id, self.recorded_at, self.mutation)
        require_not_after_recording("started_at", self.started_at, self.recorded_at)
        return self
