"""The state record: one step of a run's progress (2.4)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Count, NumberMap, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity, require_not_after_recording
from gitprov.model.text import Line, Text, Uuid7
from gitprov.model.times import Time


class StateRecord(Record):
    """The status of a run when the state was recorded."""

    ID_FIELD: ClassVar[str] = "state_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["state"] = Field(description="the kind of document")
    state_id: Uuid7 = Field(description="the record's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    run_id: Uuid7 = Field(description="the run, which may not be recorded yet")
    agent_name: Line = Field(description="who ran: agent, pipeline or job name")
    sequence: Count = Field(description="rises within a run")
    status: Line = Field(description="what the run is doing")
    phase: Line | None = Field(default=None, description="the phase of the run")
    progress: NumberMap | None = Field(default=None, description="numbers that show progress")
    started_at: Time = Field(description="when the run began")
    last_error: Text | None = Field(default=None, description="the last error, if there was one")
    metadata: TextMap | None = Field(default=None, description="more about the state")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("state", self.state_id, self.recorded_at, self.mutation)
        require_not_after_recording("started_at", self.started_at, self.recorded_at)
        return self
