"""The flags of ``record`` as a draft, and how they change the draft of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from gitprov.cli.input.options import RUN_ID, KeyNumber, KeyValue, Pick, Word
from gitprov.errors import RecordError
from gitprov.model.mutation import ActorKind
from gitprov.model.run_parts import RunStatus
from gitprov.model.time_text import FORMS, parse_time_text

F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=str)
_FIELDS: Mapping[str, str] = {
    "agent": "agent_name",
    "status": "run_status",
    "before": "status_before",
    "after": "status_after",
    "inputs": "input_files",
    "outputs": "output_files",
    "commits": "code_commits",
    "actor": "mutation.actor_kind",
    "actor_id": "mutation.actor_id",
    "job_id": "mutation.job_id",
    "workflow_id": "mutation.workflow_id",
    "started": "started_at",
    "finished": "finished_at",
    "runner": "runner_id",
    "subject": "subject",
    "agent_type": "agent_type",
    "directive": "directive",
    "parent": "parent_run_id",
    "params": "parameters",
    "metrics": "metrics",
    "labels": "labels",
    "error_code": "error.code",
    "error": "error.message",
    "note": "notes",
    "own_id": "source.session_id",
}
"""Flag -> the field of a draft that it sets."""
_SHORT_FORMS = {"inputs": "path", "outputs": "path", "commits": "commit"}
_MAPS = frozenset({"params", "metrics", "labels"})
_TIMES = frozenset({"started", "finished"})

_OPTIONS = (
    click.option("--agent", metavar="NAME", help="Who ran: agent, pipeline or job."),
    click.option("--status", type=Pick(*RunStatus), help="How the run ended."),
    click.option("--before", metavar="S", help="State of the governed work before the run."),
    click.option("--after", metavar="S", help="State of the governed work after the run."),
    click.option(
        "--input", "inputs", type=_PATH, multiple=True, metavar="PATH", help="A file it read."
    ),
    click.option(
        "--output", "outputs", type=_PATH, multiple=True, metavar="PATH", help="A file it wrote."
    ),
    click.option(
        "--commit",
        "commits",
        type=Word("a revision"),
        multiple=True,
        metavar="REV",
        help="A commit it made or describes; it gets a note.",
    ),
    click.option(
        "--actor",
        type=Pick(*(kind.lower() for kind in ActorKind)),
        help="Who acted; never guessed. Also GITPROV_ACTOR.",
    ),
    click.option("--actor-id", metavar="ID", help="Which person, model or machine acted."),
    click.option("--job-id", metavar="UUID", help="The job of an AI. Also GITPROV_JOB_ID."),
    click.option(
        "--workflow-id", metavar="UUID", help="The workflow of an AI. Also GITPROV_WORKFLOW_ID."
    ),
    click.option("--started", metavar="T", help=f"When it began: {FORMS}."),
    click.option("--finished", metavar="T", help="When it ended, in the same forms."),
    click.option("--runner", metavar="ID", help="The machine or worker."),
    click.option("--subject", metavar="S", help="What the run worked on."),
    click.option("--agent-type", metavar="T", help="The agent's class in its own project."),
    click.option("--directive", metavar="D", help="What the run was told to do."),
    click.option("--parent", type=RUN_ID, metavar="RUN", help="The run that started this one."),
    click.option(
        "--param", "params", type=KeyValue(), multiple=True, metavar="K=V", help="A parameter."
    ),
    click.option(
        "--metric", "metrics", type=KeyNumber(), multiple=True, metavar="K=N", help="A number."
    ),
    click.option(
        "--label", "labels", type=KeyValue(), multiple=True, metavar="K=V", help="A label."
    ),
    click.option("--error-code", metavar="C", help="A short code of what went wrong."),
    click.option("--error", metavar="TEXT", help="What went wrong."),
    click.option("--note", metavar="TEXT", help="What a reader should know."),
    click.option(
        "--id",
        "own_id",
        metavar="TEXT",
        help="Your own id of the run; the same one again is recorded once.",
    ),
)


def draft_options(function: F) -> F:
    """Give a command every flag that sets a field of a draft."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def flags_as_draft(flags: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Turn the flags that were given into a draft.

    Args:
        flags: name of the parameter -> what click made of it; other names are left alone.
        now_ms: the clock, for times such as ``2h ago``.

    Raises:
        UsageError: GPV-422-ARGUMENT, a time that is none.
    """
    draft: dict[str, Any] = {}
    for flag, field in _FIELDS.items():
        value = flags.get(flag)
        if value is None or value == ():
            continue
        outer, mark, inner = field.partition(".")
        target = draft.setdefault(outer, {}) if mark else draft
        target[inner or outer] = _value(flag, value, now_ms)
    if "source" in draft:
        draft["source"] = {"system": "id", **draft["source"]}
    return draft


def _value(flag: str, value: Any, now_ms: int) -> Any:  # noqa: ANN401 - one of each flag's type
    if flag in _TIMES:
        return parse_time_text(value, now_ms)
    if flag in _MAPS:
        return _map(flag, value)
    if flag in _SHORT_FORMS:
        return [{_SHORT_FORMS[flag]: item} for item in value]
    return value.upper() if flag == "actor" else value


def _map(flag: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if made.setdefault(key, value) != value:
            raise click.UsageError(f"--{flag.removesuffix('s')} gives {key!r} two values")
    return made


def naming_flag(reason: RecordError, command: click.Command) -> RecordError:
    """Return the same error with the flag that sets the field which is wrong.

    Args:
        reason: what is wrong with a draft that was given by flags alone.
        command: the command that has the flags.
    """
    field = reason.details.get("field")
    flags = (p.opts[0] for p in command.params if field and _FIELDS.get(str(p.name)) == field)
    flag = next(flags, None)
    if flag is None:
        return reason
    remedy = f"say it with {flag}"
    details = {**reason.details, "remedy": remedy}
    return RecordError(reason.code, f"{reason.message}; {remedy}", **details)
