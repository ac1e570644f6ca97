"""The log record: a reference to a log that lives outside the ledger (2.4)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from gitprov.model.frozen import Count, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity
from gitprov.model.text import Line, Sha256Hex, Uuid7, refuse
from gitprov.model.times import Time


class LogRecord(Record):
    """Where a run's log is, which time it covers, and the digest that proves it."""

    ID_FIELD: ClassVar[str] = "log_id"

    schema_version: Literal["v1.0"]
    kind: Literal["log"]
    log_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    run_id: Uuid7
    agent_name: Line
    format: Line
    first_at: Time | None = None
    last_at: Time | None = None
    lines: Count | None = None
    sha256: Sha256Hex
    size: Count
    store: Line
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("log", self.log_id, self.recorded_at, self.mutation)
        if self.first_at and self.last_at and self.first_at > self.last_at:
            raise refuse(f"is before first_at {self.first_at}", "last_at")
        return self
