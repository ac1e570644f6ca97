"""The run record: the immutable statement about one run (2.4, 2.5)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

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

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["run"] = Field(description="the kind of document")
    run_id: Uuid7 = Field(
        description="unique in the ledger; "
        "its time is from started_at - 24 h to recorded_at + 10 min"
    )
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    agent_name: Line = Field(description="who ran: agent, pipeline or job name")
    agent_version: Line | None = Field(default=None, description="the version of the agent")
    agent_type: Line | None = Field(
        default=None, description="the agent's class in its own project"
    )
    runner_id: Line | None = Field(default=None, description="the machine or worker")
    subject: Line | None = Field(
        default=None, description="what the run worked on, whose states the statuses are"
    )
    directive: Line | None = Field(default=None, description="what the run was told to do")
    parent_run_id: Uuid7 | None = Field(default=None, description="the run that started this one")
    source: Source | None = Field(
        default=None, description="where the record came from; recorded once"
    )
    started_at: Time = Field(description="when the run began")
    finished_at: Time = Field(
        description="when it ended: not before started_at, at most 10 min after recorded_at"
    )
    status_before: Line = Field(description="the state of the governed work before the run")
    status_after: Line = Field(description="the state of the governed work after the run")
    run_status: Choice[RunStatus] = Field(description="how the run ended")
    input_context: InputContext = Field(description="the state of the input, recomputable")
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
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

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
