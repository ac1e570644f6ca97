"""Compares the input context of a recorded run with the files now (2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gitprov.codec.input_context import context_digest
from gitprov.model.finding import Verdict
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import ContextMethod, FileRef
from gitprov.model.text import UNBORN

_IN_GIT = "; Git has it as it was at the recorded commit"


class InputState(StrEnum):
    """Where the content of an input file was found."""

    SAME = "same"
    IN_GIT = "in-git"
    CHANGED = "changed"
    MISSING = "missing"


class InputSources(Protocol):
    """Where the content of input files may still be."""

    def head(self) -> str:
        """Return HEAD's oid, ``unborn`` without a commit."""
        ...

    def has_commit(self, oid: str) -> bool:
        """Whether a commit is in the code repository."""
        ...

    def has_work_tree(self) -> bool:
        """Whether there are files at all; a bare repository has none."""
        ...

    def digest_now(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the work tree, None if it is not a readable file."""
        ...

    def digest_in_git(self, commit: str, path: str, oid: str | None) -> str | None:
        """Return the SHA-256 of a blob, None if it is not there.

        Args:
            commit: where to look the path up if there is no ``oid``.
            path: relative to the work tree.
            oid: the blob.
        """
        ...


@dataclass(frozen=True, slots=True)
class InputCheck:
    """One input file: what was recorded, and what is there.

    Args:
        path: relative to the work tree.
        state: where the recorded content was found.
        recorded: SHA-256 in the record.
        found: SHA-256 of the file in the work tree, None if there is none.
        in_git: Git has the recorded content at the recorded commit; not looked up if the file
            has it.
    """

    path: str
    state: InputState
    recorded: str
    found: str | None
    in_git: bool


@dataclass(frozen=True, slots=True)
class ContextCheck:
    """Whether a run's input context can be had again.

    Args:
        run_id: the run.
        method: how its digest was made.
        recorded: the digest in the record.
        recomputed: the digest of what is there, None if something is missing.
        head_commit: HEAD when the run was recorded.
        head_now: HEAD now.
        inputs: each input file.
        reasons: what differs or is missing, one sentence each.
        verdict: fail if something differs, unknown if something is missing.
    """

    run_id: str
    method: ContextMethod
    recorded: str
    recomputed: str | None
    head_commit: str
    head_now: str
    inputs: tuple[InputCheck, ...]
    reasons: tuple[str, ...]
    verdict: Verdict


def check_context(run: RunRecord, sources: InputSources) -> ContextCheck:
    """Recompute a run's input context from what is there.

    While HEAD is still the recorded commit, the files of the work tree count. Once it has moved
    on, a file that has changed or gone counts as it is in Git at the recorded commit.

    Args:
        run: as it was recorded.
        sources: where the content may still be.
    """
    context = run.input_context
    has_files = context.method is not ContextMethod.GIT_HEAD
    recorded = {file.path: file.sha256 for file in run.input_files or ()}
    head_now = sources.head()
    is_past = head_now != context.head_commit or not sources.has_work_tree()
    inputs = tuple(
        _check_input(file, context.head_commit, sources, git_counts=is_past)
        for file in run.input_files or ()
    )
    relevant = inputs if has_files else ()
    claimed = context_digest(context.method, context.head_commit, recorded)
    available = _available(relevant)
    recomputed = None
    if available is not None:
        recomputed = context_digest(context.method, context.head_commit, available)
    differing = [*_contradictions(run, claimed), *_changes(relevant)]
    missing = [*_losses(relevant), *_lost_head(run, head_now, sources)]
    verdict = Verdict.PASS
    if differing:
        verdict = Verdict.FAIL
    elif missing:
        verdict = Verdict.UNKNOWN
    return ContextCheck(
        run_id=run.run_id,
        method=context.method,
        recorded=context.digest,
        recomputed=recomputed,
        head_commit=context.head_commit,
        head_now=head_now,
        inputs=inputs,
        reasons=(*differing, *missing),
        verdict=verdict,
    )


def _check_input(
    file: FileRef, commit: str, sources: InputSources, *, git_counts: bool
) -> InputCheck:
    found = sources.digest_now(file.path)
    if found == file.sha256:
        return InputCheck(file.path, InputState.SAME, file.sha256, found, in_git=False)
    in_git = sources.digest_in_git(commit, file.path, file.git_oid) == file.sha256
    if in_git and git_counts:
        state = InputState.IN_GIT
    else:
        state = InputState.MISSING if found is None else InputState.CHANGED
    return InputCheck(file.path, state, file.sha256, found, in_git)


def _available(inputs: Iterable[InputCheck]) -> Mapping[str, str] | None:
    """The digests of what is there, None if a file is missing."""
    digests: dict[str, str] = {}
    for check in inputs:
        if check.state is InputState.MISSING:
            return None
        is_changed = check.state is InputState.CHANGED
        digests[check.path] = (check.found or "") if is_changed else check.recorded
    return digests


def _contradictions(run: RunRecord, claimed: str) -> list[str]:
    """Return the contradictions within the record, whatever files there are now."""
    context = run.input_context
    if claimed == context.digest:
        return []
    if run.input_files is None and context.method is not ContextMethod.GIT_HEAD:
        return ["the record names no input files, and its digest is not that of none"]
    return ["the recorded digest does not follow from the record's own files and commit"]


def _changes(inputs: Iterable[InputCheck]) -> list[str]:
    return [
        f"{check.path} has changed: recorded {check.recorded[:12]}, now {(check.found or '')[:12]}"
        f"{_IN_GIT if check.in_git else ''}"
        for check in inputs
        if check.state is InputState.CHANGED
    ]


def _losses(inputs: Iterable[InputCheck]) -> list[str]:
    return [
        f"{check.path} is not here{_IN_GIT if check.in_git else ', nor in Git as recorded'}"
        for check in inputs
        if check.state is InputState.MISSING
    ]


def _lost_head(run: RunRecord, head_now: str, sources: InputSources) -> list[str]:
    """The recorded commit counts unless only files do; a repository may have lost it."""
    context = run.input_context
    head = context.head_commit
    if context.method is ContextMethod.FILES or head in {UNBORN, head_now}:
        return []
    return [] if sources.has_commit(head) else [f"the recorded commit {head[:12]} is not here"]
