"""The artifact record: the metadata of a payload that lives outside the ledger (2.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import model_validator

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

    schema_version: Literal["v1.0"]
    kind: Literal["artifact"]
    artifact_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    run_id: Uuid7 | None = None
    agent_name: Line
    phase: Line | None = None
    role: Choice[ArtifactRole]
    media_type: Line
    name: Line
    sha256: Sha256Hex
    size: Count
    store: Line
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("artifact", self.artifact_id, self.recorded_at, self.mutation)
        return self
