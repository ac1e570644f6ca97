"""Recording runs: from a draft in a file, from flags, or from a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from gitprov.app.ledger_branch import branch_notices
from gitprov.codec.records import to_bytes
from gitprov.errors import GitprovError
from gitprov.model.receipt import Receipt
from gitprov.model.run import RunRecord
from gitprov.wiring.system import collector_paused
from gitprov.wiring.workspace import Workspace

_DIVIDER = b"---\n"


def record(
    workspace: Workspace,
    flags: Mapping[str, Any],
    file: BinaryIO | None = None,
    method: str | None = None,
    *,
    batch: bool = False,
) -> list[Receipt]:
    """Record the runs that flags and a file describe; either all are accepted, or none.

    Args:
        workspace: the repository.
        flags: fields of a draft; they override those of the file.
        file: one draft in YAML or JSON, or many; None if the flags say it all.
        method: of the input context; None is the default.
        batch: the file may hold many drafts.

    Raises:
        RecordError: a draft is wrong; ``details`` has its ``line``, in a batch its ``document``.
        RefusedError: the guard or the policy refuses a record.
        UsageError: GPV-404-NO-LEDGER, or a file or commit that cannot be found.
        StorageError: GPV-507-STORAGE, not even the spool can be written.
    """
    with collector_paused():
        return _submit(workspace, _described(workspace, flags, file, method, batch=batch))


def _submit(workspace: Workspace, records: Sequence[RunRecord]) -> list[Receipt]:
    return _with_branch(workspace, workspace.recorder().submit(records))


def _with_branch(workspace: Workspace, receipts: list[Receipt]) -> list[Receipt]:
    notices = branch_notices(workspace)
    if not notices:
        return receipts
    return [replace(receipt, warnings=receipt.warnings + notices) for receipt in receipts]


def preview(
    workspace: Workspace,
    flags: Mapping[str, Any],
    file: BinaryIO | None = None,
    method: str | None = None,
    *,
    batch: bool = False,
) -> bytes:
    """Return what `record` would record, in canonical YAML with ``---`` between; write nothing.

    Raises:
        RecordError, UsageError: as record.
    """
    with collector_paused():
        records = _described(workspace, flags, file, method, batch=batch)
        return _DIVIDER.join(map(to_bytes, records))


def _described(
    workspace: Workspace,
    flags: Mapping[str, Any],
    file: BinaryIO | None,
    method: str | None,
    *,
    batch: bool,
) -> list[RunRecord]:
    drafting = workspace.drafting()
    if file is None:
        return [drafting.complete(flags, method)]
    # A run that flags describe does without a YAML reader.
    from gitprov.app.draft_file import complete_file  # noqa: PLC0415

    return complete_file(file, drafting, flags, method, batch=batch)


def record_drafts(
    workspace: Workspace, drafts: Iterable[RunRecord | Mapping[str, Any]]
) -> list[Receipt]:
    """Record the runs of a program: whole records, or the fields of drafts.

    Raises:
        GitprovError: as record; ``details["document"]`` counts the drafts from 1.
    """
    with collector_paused():
        return _submit(workspace, list(_complete(workspace, drafts)))


def _complete(
    workspace: Workspace, drafts: Iterable[RunRecord | Mapping[str, Any]]
) -> Iterable[RunRecord]:
    # Whole records need no reader of drafts.
    from gitprov.codec.drafts import from_mapping  # noqa: PLC0415

    drafting = workspace.drafting()
    for number, draft in enumerate(drafts, 1):
        if isinstance(draft, RunRecord):
            yield draft
            continue
        try:
            yield drafting.complete(from_mapping(draft).mapping)
        except GitprovError as reason:
            details = {**reason.details, "document": number}
            raise type(reason)(reason.code, reason.message, **details) from reason


def flush(workspace: Workspace) -> list[Receipt]:
    """Append the records that wait in the spool; a receipt for each that was touched.

    Raises:
        GitprovError: why something still waits.
    """
    return _with_branch(workspace, workspace.recorder().flush())
