"""Which records a query of the log wants; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitprov.guard.globs import glob_matches
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import CodeCommit, FileRef

_KEY_DIGITS = re.compile(r"[0-9A-Fa-f]{8,40}")
_RUN_ONLY = ("statuses", "inputs", "outputs", "commit", "labels")


@dataclass(frozen=True, slots=True)
class CommitFilter:
    """A code commit that a run is to have made or described.

    After a rebase or cherry-pick the patch id still leads to it; after a squash the tree, as
    long as the commit that was recorded is not here any more.

    Args:
        oid: object id, or the beginning of one.
        tree: its tree, None if the commit itself is unknown.
        patch_id: its stable patch id, None if it has none.
        is_here: whether a commit is in the code repository.
    """

    oid: str
    tree: str | None = None
    patch_id: str | None = None
    is_here: Callable[[str], bool] = lambda _: True

    def matches(self, link: CodeCommit) -> bool:
        """Whether a run's link means this commit."""
        if link.commit.startswith(self.oid):
            return True
        if self.patch_id is None:
            return False
        same_tree = link.tree == self.tree
        return link.patch_id == self.patch_id or (same_tree and not self.is_here(link.commit))


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The filters of a log, ready to compare; a record must match all that are given.

    Args:
        kind: the kind of record.
        agent: glob on the agent's name.
        statuses: run statuses, one of which it has.
        actors: actor kinds, one of which it has.
        since: only what was still going on at this time or later (the one form of times).
        until: only what had begun by this time.
        inputs: paths, globs or folders; for each, an input file is there.
        outputs: likewise for output files.
        commit: the code commit.
        job: the job id of its mutation.
        signer: glob on the signer's name, or at least eight digits of its fingerprint.
        labels: label keys and values; None is any value.
        grep: text that is anywhere in it, in any case.
        limit: the most records to list.
        with_hidden: also what is disputed or withdrawn.
    """

    kind: str = "run"
    agent: str | None = None
    statuses: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    since: str | None = None
    until: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    commit: CommitFilter | None = None
    job: str | None = None
    signer: str | None = None
    labels: tuple[tuple[str, str | None], ...] = ()
    grep: str | None = None
    limit: int | None = None
    with_hidden: bool = False

    def run_only(self) -> list[str]:
        """Name the filters in use that only runs can match."""
        return [name for name in _RUN_ONLY if getattr(self, name)]


def matches(record: Record, query: LogQuery) -> bool:
    """Whether a record is wanted, its signer apart."""
    return (
        _matches_mutation(record, query)
        and _matches_time(record, query)
        and (query.agent is None or glob_matches(query.agent, _agent_name(record)))
        and (not isinstance(record, RunRecord) or _matches_run(record, query))
        and (query.grep is None or _holds(record.to_mapping(), query.grep.casefold()))
    )


def matches_signer(signer: SignerRule | None, wanted: str | None) -> bool:
    """Whether an entry's signer is wanted; an unknown one only where any is."""
    if wanted is None:
        return True
    if signer is None:
        return False
    digits = wanted.upper()
    if _KEY_DIGITS.fullmatch(wanted) and (
        signer.key.startswith(digits) or signer.key.endswith(digits)
    ):
        return True
    return glob_matches(wanted, signer.name)


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path is the named one, is in the named folder, or fits the glob."""
    if pattern in {".", path} or path.startswith(f"{pattern}/"):
        return True
    return ("*" in pattern or "?" in pattern) and glob_matches(pattern, path)


def _matches_mutation(record: Record, query: LogQuery) -> bool:
    mutation = record.mutation
    if query.actors and mutation.actor_kind not in query.actors:
        return False
    return query.job is None or mutation.job_id == query.job


def _matches_time(record: Record, query: LogQuery) -> bool:
    """Times of the one form compare as texts."""
    first = last = record.recorded_at
    if isinstance(record, RunRecord):
        first, last = record.started_at, record.finished_at
    too_old = query.since is not None and last < query.since
    too_new = query.until is not None and first > query.until
    return not (too_old or too_new)


def _matches_run(run: RunRecord, query: LogQuery) -> bool:
    labels: Mapping[str, str] = run.labels or {}
    return (
        (not query.statuses or run.run_status in query.statuses)
        and _has_paths(run.input_files, query.inputs)
        and _has_paths(run.output_files, query.outputs)
        and (query.commit is None or any(map(query.commit.matches, run.code_commits or ())))
        and all(k in labels and v in {None, labels[k]} for k, v in query.labels)
    )


def _has_paths(files: Iterable[FileRef] | None, patterns: Iterable[str]) -> bool:
    known = [file.path for file in files or ()]
    return all(any(path_matches(pattern, path) for path in known) for pattern in patterns)


def _agent_name(record: Record) -> str:
    return str(getattr(record, "agent_name", ""))


def _holds(value: object, text: str) -> bool:
    return any(text in found.casefold() for found in _texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield str(key)
            yield from _texts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below)
