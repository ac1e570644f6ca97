"""Steps V8 and V14 for one entry: what its tree may do to its parents' trees."""

from __future__ import annotations

from collections.abc import Sequence

from gitprov.errors import Code
from gitprov.guard.merge import check_branch_kinds, check_merge
from gitprov.model.entry import CommitForm
from gitprov.model.finding import Finding, error
from gitprov.service.judge.case import EntryPosition
from gitprov.service.judge.files import JudgedFile
from gitprov.service.ledger.tree_changes import TreeChange
from gitprov.service.ledger.view import LedgerView

_GOVERNED = (
    b"ledger.yaml",
    b"policy",
    b"keys",
    b"proposals",
    b"approvals",
    b"enactments",
    b"tombstones",
)


def judge_shape(
    view: LedgerView,
    commit: CommitForm,
    place: EntryPosition,
    change: TreeChange,
    files: Sequence[JudgedFile],
) -> list[Finding]:
    """Judge an entry's tree against its parents' trees.

    Args:
        commit: the entry.
        change: how its tree differs from its parents'.
        files: what it adds, as far as the paths are right.
    """
    text = "no folder or file may be here"
    findings = [error(Code.TREE_FORM, text, path) for path in change.misplaced]
    if len(commit.parents) > 1:
        findings += check_merge(change, related=place.related)
        findings += _check_merged_governance(view, commit, place)
    else:
        findings += _check_append_only(change)
        if not change.added and not findings:
            findings.append(error(Code.TREE_FORM, "the entry adds nothing"))
    if commit.parents and any(file.kind == "ledger" for file in files):
        findings.append(error(Code.TREE_FORM, "only a genesis has it", "ledger.yaml"))
    if not place.mainline:
        findings += check_branch_kinds((file.kind, file.path) for file in files)
    return findings


def _check_append_only(change: TreeChange) -> list[Finding]:
    gone, changed = "a file of an earlier entry is gone", "a file of an earlier entry is changed"
    findings = [error(Code.APPEND_ONLY, gone, path) for path in change.removed]
    return findings + [error(Code.APPEND_ONLY, changed, path) for path in change.altered]


def _check_merged_governance(
    view: LedgerView, commit: CommitForm, place: EntryPosition
) -> list[Finding]:
    """Require that the second parent adds no governance: those folders stay the first's."""
    first = place.parents[0].tree
    if first is None:
        return []
    ours, theirs = view.tree(commit.tree), view.tree(first)
    text = "a merge may not add governance"
    return [
        error(Code.MERGE_REWRITE, text, name.decode())
        for name in _GOVERNED
        if ours.get(name) != theirs.get(name)
    ]
