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

    What identifies the run stays: schema_version, kind, run_id, recorded_at, mutation,
    input_context and extensions are not among them. The amended run as a whole is judged where
    both are known.
    """

    agent_name: Line | None = Field(
        default=None, description="who ran: agent, pipeline or job name"
    )
    agent_version: Line | None = Field(default=None, description="the version of the agent")
    runner_id: Line | None = Field(default=None, description="the machine or worker")
    parent_run_id: Uuid7 | None = Field(default=None, description="the run that started this one")
    source: Source | None = Field(
        default=None, description="where the record came from; recorded once"
    )
    started_at: Time | None = Field(default=None, description="when the run began")
    finished_at: Time | None = Field(
        default=None,
        description="when it ended: not before started_at, at most 10 min after recorded_at",
    )
    status_before: Line | None = Field(
        default=None, description="the state of the governed work before the run"
    )
    status_after: Line | None = Field(
        default=None, description="the state of the governed work after the run"
    )
    run_status: Choice[RunStatus] | None = Field(default=None, description="how the run ended")
    input_files: Files | None = Field(
        default=None, description="files that were read, sorted by the bytes of the path, each once"
    )
    output_files: Files | None = Field(
        default=None,
        description="files that were written, sorted by the bytes of the path, each once",
    )
    code_commits: Commits | None = Field(
        default=None,
        description="commits that the run made or describes, sorted by commit, each once",
    )
    artifacts: Many[Uuid7] | None = Field(default=None, description="artifact records of this run")
    logs: Many[Uuid7] | None = Field(default=None, description="log records of this run")
    command: Command | None = Field(default=None, description="what was executed")
    model: LanguageModel | None = Field(
        default=None, description="the language model that did the work"
    )
    usage: Usage | None = Field(default=None, description="tokens")
    cost: Cost | None = Field(default=None, description="what it cost")
    metrics: NumberMap | None = Field(default=None, description="numbers of the user's own")
    parameters: TextMap | None = Field(default=None, description="parameters of the run")
    environment: TextMap | None = Field(
        default=None, description="chosen variables, never the whole environment"
    )
    labels: TextMap | None = Field(default=None, description="labels of the user's own")
    error: RunError | None = Field(default=None, description="why the run did not succeed")
    notes: Notes | None = Field(default=None, description="anything else to say, not blank")

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
