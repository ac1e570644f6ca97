"""Input contexts: computed, and checked against a run."""

from __future__ import annotations

from collections.abc import Sequence

from gitprov.app.open_ledger import OpenedLedger
from gitprov.errors import Code, UsageError
from gitprov.model.run_parts import ContextMethod
from gitprov.service.ledger.record_files import read_run
from gitprov.service.read.check_context import ContextCheck, check_context
from gitprov.service.read.find_record import find_run
from gitprov.service.write.compute_context import ComputedContext, compute_context
from gitprov.wiring.recorded_inputs import RecordedInputs, work_files
from gitprov.wiring.workspace import Workspace


def compute(workspace: Workspace, paths: Sequence[str], method: ContextMethod) -> ComputedContext:
    """Compute the context that a run with these input files would get now.

    Raises:
        UsageError: GPV-422-ARGUMENT, a path is not a readable file of the work tree.
    """
    return compute_context(workspace.code, work_files(workspace), paths, method)


def check(opened: OpenedLedger, run_id: str) -> ContextCheck:
    """Compute the context of a recorded run again from the files here.

    Args:
        opened: the ledger.
        run_id: the run's id, or its beginning.

    Raises:
        UsageError: GPV-404-LINK, there is no such run.
    """
    view = opened.reader.view
    file = find_run(view, opened.root, run_id)
    run = read_run(view, opened.root, file.record_id)
    if run is None:
        raise UsageError(Code.LINK, f"there is no run {run_id[:60]!r} on this ledger")
    return check_context(run, RecordedInputs(opened.workspace))
