"""The amendment record: a correction or withdrawal of a run, appended beside it (2.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Choice, Many, Model, NumberMap, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import Record, require_identity
from gitprov.model.run_parts import (
    Command,
    Commits,
    Cost,
    Files,
    LanguageModel,
    RunError,
    RunStatus,
    Source,
    Usage,
)
from gitprov.model.text import Line, Notes, Text, Uuid7, refuse
from gitprov.model.times import Time


class AmendmentAction(StrEnum):
    """The effect of an amendment on its run."""

    AMEND = "AMEND"
    WITHDRAW = "WITHDRAW"


class RunChanges(Model):
    """New values for fields of a run, in the order and with the types of RunRecord.

    The identity of the run stays: schema_version, kind, run_id, recorded_at, mutation,
    agent_name, agent_type, input_context and extensions are not among them. The amended run as a
    whole is judged where both are known.
    """

    agent_version: Line | None = None
    runner_id: Line | None = None
    subject: Line | None = None
    directive: Line | None = None
    parent_run_id: Uuid7 | None = None
    source: Source | None = None
    started_at: Time | None = None
    finished_at: Time | None = Field(
        default=None,
        description="when it ended: not before started_at, at most 10 min after recorded_at",
    )
    status_before: Line | None = None
    status_after: Line | None = None
    run_status: Choice[RunStatus] | None = None
    input_files: Files | None = None
    output_files: Files | None = Field(
        default=None,
        description="files that were written, sorted by the bytes of the path, each once",
    )
    code_commits: Commits | None = Field(
        default=None,
        description="commits that the run made or describes, sorted by commit, each once",
    )
    artifacts: Many[Uuid7] | None = None
    logs: Many[Uuid7] | None = None
    command: Command | None = None
    model: LanguageModel | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    metrics: NumberMap | None = None
    parameters: TextMap | None = None
    environment: TextMap | None = None
    labels: TextMap | None = None
    error: RunError | None = None
    notes: Notes | None = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if not self.to_mapping():
            raise refuse("is empty: name at least one field of the run")
        return self


class Amendment(Record):
    """A statement that corrects a run or takes it back; the run itself never changes."""

    ID_FIELD: ClassVar[str] = "amendment_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["amendment"] = Field(description="the kind of document")
    amendment_id: Uuid7 = Field(description="the record's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    run_id: Uuid7 = Field(description="the run that is corrected or withdrawn")
    action: Choice[AmendmentAction] = Field(description="what happens to the run")
    changes: RunChanges | None = Field(
        default=None, description="the fields that change, with AMEND only"
    )
    reason: Text = Field(description="why")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("amendment", self.amendment_id, self.recorded_at, self.mutation)
        if self.action is AmendmentAction.AMEND and self.changes is None:
            raise refuse("is missing: AMEND says what changes", "changes")
        if self.action is AmendmentAction.WITHDRAW and self.changes is not None:
            raise refuse("has no place beside WITHDRAW", "changes")
        return self
