"""Recording runs: from a draft in a file, from flags, or from a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from gitprov.codec.records import to_bytes
from gitprov.errors import GitprovError
from gitprov.model.receipt import Receipt
from gitprov.model.run import RunRecord
from gitprov.wiring.system import collector_paused
from gitprov.wiring.workspace import Workspace

_DIVIDER = b"---\n"


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """How to record.

    Args:
        method: of the input context; None is the default.
        batch: the file may hold many drafts.
        dry_run: write nothing.
    """

    method: str | None = None
    batch: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """The result of recording.

    Args:
        receipts: one for each record, in order; none after a dry run.
        preview: the records in canonical YAML after a dry run, with ``---`` between them.
    """

    receipts: list[Receipt]
    preview: bytes = b""


def record(
    workspace: Workspace,
    flags: Mapping[str, Any],
    file: BinaryIO | None = None,
    options: RecordOptions | None = None,
) -> Recorded:
    """Record the runs that flags and a file describe; either all are accepted, or none.

    Args:
        workspace: the repository.
        flags: fields of a draft; they override those of the file.
        file: one draft in YAML or JSON, or many; None if the flags say it all.
        options: how.

    Raises:
        RecordError: a draft is wrong; ``details`` has its ``line``, in a batch its ``document``.
        RefusedError: the guard or the policy refuses a record.
        UsageError: GPV-404-NO-LEDGER, or a file or commit that cannot be found.
        StorageError: GPV-507-STORAGE, not even the spool can be written.
    """
    chosen = options or RecordOptions()
    drafting = workspace.drafting()
    with collector_paused():
        if file is None:
            records = [drafting.complete(flags, chosen.method)]
        else:
            # A run that flags describe does without a YAML reader.
            from gitprov.app.draft_file import complete_file  # noqa: PLC0415

            records = complete_file(file, drafting, flags, chosen.method, batch=chosen.batch)
        if chosen.dry_run:
            return Recorded([], _DIVIDER.join(map(to_bytes, records)))
        return Recorded(workspace.recorder().submit(records))


def record_drafts(
    workspace: Workspace, drafts: Iterable[RunRecord | Mapping[str, Any]]
) -> list[Receipt]:
    """Record the runs of a program: whole records, or the fields of drafts.

    Raises:
        GitprovError: as record; ``details["document"]`` counts the drafts from 1.
    """
    with collector_paused():
        records = list(_complete(workspace, drafts))
        return workspace.recorder().submit(records)


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
    return workspace.recorder().flush()
