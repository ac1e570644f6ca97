"""The artifact record: the metadata of a payload that lives outside the ledger (2.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Choice, Count, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity
from gitprov.model.text import Line, Sha256Hex, Uuid7
from gitprov.model.times import Time


class ArtifactRole(StrEnum):
    """The role of an artifact in its run."""

    PHASE_OUTPUT = "phase_output"
    INTERMEDIATE = "intermediate"
    QA_REPORT = "qa_report"
    EXPORT = "export"
    TRANSCRIPT = "transcript"
    OTHER = "other"


class ArtifactRecord(Record):
    """An artifact, and the digest that proves its payload.

    ``store`` names the kind of store, never credentials.
    """

    ID_FIELD: ClassVar[str] = "artifact_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["artifact"] = Field(description="the kind of document")
    artifact_id: Uuid7 = Field(description="the record's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    run_id: Uuid7 | None = Field(default=None, description="the run that made it")
    agent_name: Line = Field(description="who ran: agent, pipeline or job name")
    phase: Line | None = Field(default=None, description="the phase of the run")
    role: Choice[ArtifactRole] = Field(description="what it is for")
    media_type: Line = Field(description="its media type")
    name: Line = Field(description="its name")
    sha256: Sha256Hex = Field(description="SHA-256 of the content")
    size: Count = Field(description="bytes")
    store: Line = Field(description="the kind of store that holds the payload, never credentials")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("artifact", self.artifact_id, self.recorded_at, self.mutation)
        return self
