"""The log record: a reference to a log that lives outside the ledger (2.4)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Count, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity
from gitprov.model.text import Line, Sha256Hex, Uuid7, refuse
from gitprov.model.times import Time


class LogRecord(Record):
    """Where a run's log is, which time it covers, and the digest that proves it."""

    ID_FIELD: ClassVar[str] = "log_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["log"] = Field(description="the kind of document")
    log_id: Uuid7 = Field(description="the record's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    run_id: Uuid7 = Field(description="the run that wrote it")
    agent_name: Line = Field(description="who ran: agent, pipeline or job name")
    format: Line = Field(description="the format of its lines")
    first_at: Time | None = Field(default=None, description="the time of the first line")
    last_at: Time | None = Field(default=None, description="the time of the last line")
    lines: Count | None = Field(default=None, description="how many lines")
    sha256: Sha256Hex = Field(description="SHA-256 of the content")
    size: Count = Field(description="bytes")
    store: Line = Field(description="the kind of store that holds the payload, never credentials")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("log", self.log_id, self.recorded_at, self.mutation)
        if self.first_at and self.last_at and self.first_at > self.last_at:
            raise refuse(f"is before first_at {self.first_at}", "last_at")
        return self
