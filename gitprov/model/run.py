"""The run record: the immutable statement about one run (2.4, 2.5)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from gitprov.model.frozen import Choice, Many, NumberMap, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.record import (
    Record,
    require_id_time,
    require_not_after_recording,
    require_resource,
)
from gitprov.model.run_parts import (
    Command,
    Commits,
    Cost,
    Files,
    InputContext,
    LanguageModel,
    RunError,
    RunStatus,
    Source,
    Usage,
)
from gitprov.model.text import Line, Notes, Uuid7, refuse
from gitprov.model.times import Time


class RunRecord(Record):
    """One run, recorded once, at its end."""

    ID_FIELD: ClassVar[str] = "run_id"

    schema_version: Literal["v1.0"]
    kind: Literal["run"]
    run_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    agent_name: Line
    agent_version: Line | None = None
    runner_id: Line | None = None
    parent_run_id: Uuid7 | None = None
    source: Source | None = None
    started_at: Time
    finished_at: Time
    status_before: Line
    status_after: Line
    run_status: Choice[RunStatus]
    input_context: InputContext
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
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("run", self.run_id, self.mutation)
        if self.started_at > self.finished_at:
            raise refuse(f"is before started_at {self.started_at}", "finished_at")
        require_not_after_recording("finished_at", self.finished_at, self.recorded_at)
        require_id_time("run_id", self.run_id, self.started_at, self.recorded_at)
        if self.parent_run_id == self.run_id:
            raise refuse("is the run itself", "parent_run_id")
        problem = _STATUS_RULES[self.run_status](self)
        if problem is not None:
            raise refuse(f"cannot be {self.run_status}: {problem}", "run_status")
        return self

    @property
    def exit_code(self) -> int | None:
        """The exit code of the command, None if there is none."""
        return None if self.command is None else self.command.exit_code


def _success_problem(run: RunRecord) -> str | None:
    if run.error is not None:
        return "there is an error"
    return f"the exit code is {run.exit_code}" if run.exit_code else None


def _partial_problem(run: RunRecord) -> str | None:
    if not run.output_files and not run.artifacts:
        return "there is no output and no artifact; FAILED says that nothing is usable"
    return None if run.error or run.notes else "give an error or notes that say what is missing"


def _failed_problem(run: RunRecord) -> str | None:
    if run.error or run.notes or run.exit_code:
        return None
    return "give an error, notes or the exit code that say why"


def _skipped_problem(run: RunRecord) -> str | None:
    if run.output_files:
        return "there are outputs"
    if run.status_after != run.status_before:
        return "status_after differs from status_before"
    return None if run.notes else "give notes that say why"


_STATUS_RULES = {
    RunStatus.SUCCESS: _success_problem,
    RunStatus.PARTIAL: _partial_problem,
    RunStatus.FAILED: _failed_problem,
    RunStatus.SKIPPED: _skipped_problem,
}
