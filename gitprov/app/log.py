"""Listing records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gitprov.app.open_ledger import OpenedLedger
from gitprov.errors import Code, UsageError
from gitprov.model.mutation import ActorKind
from gitprov.model.run_parts import RunStatus
from gitprov.model.time_text import parse_time_text
from gitprov.service.read.log_filters import CommitFilter, LogQuery
from gitprov.service.read.query_log import LogSearch
from gitprov.service.read.short_ids import ShortIds
from gitprov.wiring.recorded_inputs import work_files
from gitprov.wiring.workspace import Workspace

_OBJECT_ID = re.compile(r"[0-9a-f]{4,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """The filters of a log; a record must match all that are given.

    Args:
        kind: run, state, ...
        agent: a glob on the agent's name.
        status: run statuses, in any case.
        actor: actor kinds, in any case.
        since: a time as people write it; runs that went on at it or later.
        until: a time as people write it; runs that had begun by it.
        input: paths as recorded, folders or globs.
        output: the same, of files that were written.
        commit: a revision, or the object id of a commit that this repository lacks.
        job: a job id.
        signer: a glob on the signer's name, or digits of a fingerprint.
        labels: key -> value; None is any value.
        grep: a text, in any case.
        limit: the most records to list.
        with_hidden: also what is disputed or withdrawn.
    """

    kind: str = "run"
    agent: str | None = None
    status: str | Sequence[str] | None = None
    actor: str | Sequence[str] | None = None
    since: str | None = None
    until: str | None = None
    input: str | Sequence[str] | None = None
    output: str | Sequence[str] | None = None
    commit: str | None = None
    job: str | None = None
    signer: str | None = None
    labels: Mapping[str, str | None] | Sequence[tuple[str, str | None]] = ()
    grep: str | None = None
    limit: int | None = None
    with_hidden: bool = False


class ListedLog:
    """The records that were asked for.

    Args:
        search: yields the records, newest first.
    """

    def __init__(self, opened: OpenedLedger, search: LogSearch) -> None:
        self._opened = opened
        self.search = search

    @cached_property
    def shorten(self) -> Callable[[str], str]:
        """Shortens ids where they stay unique."""
        return ShortIds(self._opened.reader.view, self._opened.root).shorten


def log(opened: OpenedLedger, filters: LogFilters) -> ListedLog:
    """List records, newest first, with amendments applied; signatures are not checked.

    Raises:
        UsageError: GPV-422-ARGUMENT, a filter that can never hold.
    """
    query = log_query(opened.workspace, filters)
    return ListedLog(opened, LogSearch(opened.reader, opened.tip, query))


def typed_paths(workspace: Workspace, paths: Sequence[str]) -> tuple[str, ...]:
    """Turn paths as a user types them into paths as they are recorded."""
    return tuple(map(work_files(workspace).relative, paths))


def log_query(workspace: Workspace, filters: LogFilters) -> LogQuery:
    """Turn what a caller asks for into what is compared.

    Raises:
        UsageError: as log.
    """
    now_ms = workspace.clock.now_ms()
    labels = filters.labels
    return LogQuery(
        kind=filters.kind,
        agent=filters.agent,
        statuses=_members(RunStatus, filters.status),
        actors=_members(ActorKind, filters.actor),
        since=None if filters.since is None else parse_time_text(filters.since, now_ms),
        until=None if filters.until is None else parse_time_text(filters.until, now_ms),
        inputs=_several(filters.input),
        outputs=_several(filters.output),
        commit=None if filters.commit is None else _commit_filter(workspace, filters.commit),
        job=None if filters.job is None else filters.job.lower(),
        signer=filters.signer,
        labels=tuple(labels.items() if isinstance(labels, Mapping) else labels),
        grep=filters.grep,
        limit=filters.limit,
        with_hidden=filters.with_hidden,
    )


def _commit_filter(workspace: Workspace, revision: str) -> CommitFilter:
    code = workspace.code
    try:
        found = code.resolve_commit(revision)
    except UsageError:
        if _OBJECT_ID.fullmatch(revision):
            return CommitFilter(revision)  # a commit that this repository does not have
        raise
    return CommitFilter(found.commit, found.tree, found.patch_id, code.has_commit)


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _members(choices: type[StrEnum], value: str | Sequence[str] | None) -> frozenset[str]:
    wanted = frozenset(name.upper() for name in _several(value))
    for name in sorted(wanted - set(choices)):
        text = f"{name[:60]!r} is not one of {', '.join(choices)}"
        raise UsageError(Code.ARGUMENT, text)
    return wanted
