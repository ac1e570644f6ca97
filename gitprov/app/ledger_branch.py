"""A ledger that is a branch must not be checked out anywhere."""

from __future__ import annotations

from gitprov.errors import Code
from gitprov.git.worktrees import worktrees_on
from gitprov.model.receipt import Notice
from gitprov.model.refs import HEADS
from gitprov.wiring.workspace import Workspace


def checked_out_in(workspace: Workspace) -> list[str]:
    """Name the work trees that have the ledger's branch checked out."""
    is_branch = workspace.ref.startswith(HEADS)
    is_here = workspace.place.common_dir == workspace.ledger_dir
    return worktrees_on(workspace.place, workspace.ref) if is_branch and is_here else []


def branch_notices(workspace: Workspace) -> tuple[Notice, ...]:
    """Warn of each of them: the files there are behind, and a commit would delete records."""
    text = "the ledger's branch is checked out in {!r}: a git commit there would delete records"
    remedy = "check out a branch of the code: git switch BRANCH"
    return tuple(
        Notice(Code.REF_FORBIDDEN, f"{text.format(where)}; {remedy}")
        for where in checked_out_in(workspace)
    )
