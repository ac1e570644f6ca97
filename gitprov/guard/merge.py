"""The rules of merge entries, and of records that come by a branch (2.8, step V14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from gitprov.errors import Code
from gitprov.model.entry import AddedFile
from gitprov.model.finding import Finding, error

BRANCH_KINDS = frozenset({"run", "state", "artifact", "log", "amendment"})


class MergeChange(Protocol):
    """The difference between a merge's tree and its parents' trees."""

    added: list[AddedFile]
    removed: list[str]
    altered: list[str]
    from_second: bool


def _at(reason: str, paths: Sequence[str]) -> list[Finding]:
    return [error(Code.MERGE_REWRITE, reason, path) for path in paths]


def check_merge(change: MergeChange, *, related: bool) -> list[Finding]:
    """Judge a merge entry: its tree is exactly the union of its parents' trees.

    Args:
        change: how its tree differs from them.
        related: one parent is an ancestor of the other.
    """
    findings = _at("a merge adds a file of its own", [file.path for file in change.added])
    findings += _at("a merge drops a file", change.removed)
    findings += _at("a merge changes a file, or its parents disagree on it", change.altered)
    if related:
        text = "one parent is an ancestor of the other; nothing is to be merged"
        findings.append(error(Code.NON_FF, text))
    elif not change.from_second and not findings:
        findings.append(error(Code.MERGE_REWRITE, "the second parent adds no record"))
    return findings


def check_branch_kinds(files: Iterable[tuple[str, str]]) -> list[Finding]:
    """Judge what an entry off the mainline adds: governance happens on the mainline only.

    Args:
        files: (kind, path) of each added file.
    """
    return [
        error(Code.MERGE_REWRITE, f"a {kind} may not come in by a merge", path)
        for kind, path in files
        if kind not in BRANCH_KINDS
    ]
