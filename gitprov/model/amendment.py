"""The amendment record: a correction or withdrawal of a run, appended beside it (2.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import model_validator

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

    agent_name: Line | None = None
    agent_version: Line | None = None
    runner_id: Line | None = None
    parent_run_id: Uuid7 | None = None
    source: Source | None = None
    started_at: Time | None = None
    finished_at: Time | None = None
    status_before: Line | None = None
    status_after: Line | None = None
    run_status: Choice[RunStatus] | None = None
    input_files: Files | None = None
    output_files: Files | None = None
    code_commits: Commits | None = None
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

    schema_version: Literal["v1.0"]
    kind: Literal["amendment"]
    amendment_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    run_id: Uuid7
    action: Choice[AmendmentAction]
    changes: RunChanges | None = None
    reason: Text
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("amendment", self.amendment_id, self.recorded_at, self.mutation)
        if self.action is AmendmentAction.AMEND and self.changes is None:
            raise refuse("is missing: AMEND says what changes", "changes")
        if self.action is AmendmentAction.WITHDRAW and self.changes is not None:
            raise refuse("has no place beside WITHDRAW", "changes")
        return self
