"""Recording runs: from a draft in a file, from flags, or from a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from gitprov.app.ledger_branch import branch_notices
from gitprov.codec.records import to_bytes
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.model.kinds import Record
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import Notice, Receipt, RecordState
from gitprov.model.spooled import DRAFTS, WAITING_ALARM
from gitprov.wiring.system import collector_paused
from gitprov.wiring.workspace import Workspace, open_workspace

_DIVIDER = b"---\n"
_TRACKING = ":refs/remotes/"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording.

    Args:
        receipts: one for each record, in order.
        founded: the sentence that says that the ledger was founded for them; None if it was
            there.
    """

    receipts: list[Receipt]
    founded: str | None = None


@dataclass(frozen=True, slots=True)
class DraftInput:
    """What `record` was given.

    Args:
        flags: fields of a draft; they override those of the file.
        file: one draft in YAML or JSON, or many; None if the flags say it all.
        method: of the input context; None is the default.
        batch: the file may hold many drafts.
        kind: of every record: run, state, artifact, log or amendment.
    """

    flags: Mapping[str, Any]
    file: BinaryIO | None = None
    method: str | None = None
    batch: bool = False
    kind: str = "run"


def record(
    workspace: Workspace, given: DraftInput, on_durable: Callable[[Sequence[Receipt]], None]
) -> Recorded:
    """Record what flags and a file describe; either all records are accepted, or none.

    Without a ledger the first record founds it, where that is clear; else it waits.

    Args:
        workspace: where.
        given: what.
        on_durable: hears of every record that is durable, also if this raises afterwards.

    Raises:
        RecordError: a draft is wrong; ``details`` has its ``line``, in a batch its ``document``.
        RefusedError: the guard or the policy refuses a record.
        UsageError: GPV-422-ARGUMENT, a file or commit cannot be found.
        StorageError: GPV-507-STORAGE, not even the spool can be written.
    """
    with collector_paused():
        records = _described(workspace, given)
        try:
            recorded = _submit(workspace, records)
            on_durable(recorded.receipts)
        except BaseException:
            # A signal, or what goes wrong behind the spool: nobody may take it for undone.
            with suppress(GitprovError):
                on_durable(workspace.recorder().find_durable(records))
            raise
        return recorded


def _submit(workspace: Workspace, records: Sequence[Record]) -> Recorded:
    founded = None
    lost = _lost_notice(workspace)
    if lost is not None and workspace.refs.get(workspace.ref) is None:
        # Never a second genesis in the place of a ledger that was here.
        return Recorded(workspace.recorder().wait_for_ledger(records, _as_reason(lost)))
    if records and workspace.refs.get(workspace.ref) is None:
        # Only the first record of a repository needs what init does.
        from gitprov.app.first_record import found_or_wait  # noqa: PLC0415

        outcome = found_or_wait(workspace, records)
        if not isinstance(outcome, str):
            return Recorded(_noticed(workspace, _doubted(outcome, records)))
        founded = outcome
    receipts = workspace.recorder().submit(records)
    if lost is not None:
        receipts = [replace(one, warnings=(*one.warnings, lost)) for one in receipts]
    with suppress(GitprovError):  # what waits there is no part of this record; doctor names it
        if workspace.spool.names(DRAFTS):
            _take_drafts(workspace)
    return Recorded(_noticed(workspace, _doubted(receipts, records)), founded)


def _lost_notice(workspace: Workspace) -> Notice | None:
    """Say, before anything is appended, that the entry signed last is gone from the ref."""
    last = workspace.last_acknowledged()
    # In this order: an entry is on the ledger before it is in the log.
    if last is None or last == workspace.refs.get(workspace.ref):
        return None
    from gitprov.app.recover import lost_notice  # noqa: PLC0415 - only where others moved the ref

    return lost_notice(workspace)


def _as_reason(notice: Notice) -> GitprovError:
    """Return a notice as the reason why records wait."""
    return UsageError(Code(notice.code), notice.message)


def _doubted(receipts: list[Receipt], records: Sequence[Record]) -> list[Receipt]:
    """Add to each receipt what is odd in its record, though no verifier refuses it (2.4)."""
    costs = {r.run_id: r.cost for r in records if r.kind == "run" and r.cost is not None}
    if not costs:
        return receipts
    from gitprov.model.currency import CURRENCIES  # noqa: PLC0415 - for costs only

    unknown = {
        run_id: cost.currency for run_id, cost in costs.items() if cost.currency not in CURRENCIES
    }
    text = "{} is not a currency that ISO 4217 lists; the cost was recorded as it is"
    return [
        replace(
            receipt,
            warnings=(
                *receipt.warnings,
                Notice(Code.SCHEMA, text.format(unknown[receipt.record_id])),
            ),
        )
        if receipt.record_id in unknown
        else receipt
        for receipt in receipts
    ]


def _take_drafts(workspace: Workspace) -> list[Receipt]:
    from gitprov.service.write.submit_drafts import submit_drafts  # noqa: PLC0415 - rarely needed

    return submit_drafts(workspace.recorder(), workspace.spool)


def _noticed(workspace: Workspace, receipts: list[Receipt]) -> list[Receipt]:
    """Add what the caller should know besides: a checked-out branch, records that pile up."""
    try:
        notices = branch_notices(workspace) + _fetch_notices(workspace)
    except GitprovError as reason:
        notices = (Notice(reason.code, reason.message),)
    waiting = [receipt for receipt in receipts if receipt.state is RecordState.SPOOLED]
    alarm = waiting_alarm(workspace) if waiting else None
    if alarm is not None:
        code = next((n.code for receipt in waiting for n in receipt.warnings), Code.NO_LEDGER)
        notices += (Notice(code, alarm),)
    if not notices:
        return receipts
    return [replace(receipt, warnings=receipt.warnings + notices) for receipt in receipts]


def _fetch_notices(workspace: Workspace) -> tuple[Notice, ...]:
    """Warn of settings that would overwrite the ledger; the usual ones are told at a glance."""
    remotes = {
        name: found
        for name, found in workspace.settings.configuration.items()
        if name.startswith("remote.") and name.endswith((".fetch", ".mirror"))
    }
    is_usual = all(
        name.endswith(".fetch") and all(_TRACKING in value.value for value in found)
        for name, found in remotes.items()
    )
    if is_usual:
        return ()
    from gitprov.app.fetch_refspecs import fetch_notices  # noqa: PLC0415 - rarely needed

    return fetch_notices(workspace)


def waiting_alarm(workspace: Workspace) -> str | None:
    """Say that records pile up in the spool; None below three calls in a row that had to wait."""
    try:
        count = len(workspace.spool.waiting())
    except GitprovError:
        return None
    if count < WAITING_ALARM:
        return None
    return f"{count} times in a row what was recorded had to wait; see why: gitprov doctor"


def alarm_of(overrides: Overrides) -> str | None:
    """Say the same where no repository is open; None where none can be."""
    try:
        return waiting_alarm(open_workspace(overrides))
    except GitprovError:
        return None


def preview(workspace: Workspace, given: DraftInput) -> bytes:
    """Return what `record` would record, in canonical YAML with ``---`` between; write nothing.

    Raises:
        RecordError, UsageError: as record.
    """
    with collector_paused():
        return _DIVIDER.join(map(to_bytes, _described(workspace, given)))


def _described(workspace: Workspace, given: DraftInput) -> Sequence[Record]:
    drafting = workspace.drafting()
    if given.file is None:
        if given.kind != "run":
            return [drafting.complete_other(given.flags, given.kind)]
        return [drafting.complete(given.flags, given.method)]
    # A run that flags describe does without a YAML reader.
    from gitprov.app.draft_file import DraftFile, complete_file  # noqa: PLC0415

    def complete(draft: Mapping[str, Any]) -> Record:
        if given.kind != "run":
            return drafting.complete_other(draft, given.kind)
        return drafting.complete(draft, given.method)

    drafts = DraftFile(given.file, given.kind, given.batch)
    return complete_file(drafts, complete, given.flags)


def record_drafts(
    workspace: Workspace, drafts: Iterable[Record | Mapping[str, Any]]
) -> list[Receipt]:
    """Record what a program hands in: whole records, or the fields of drafts.

    A draft is of the kind that it says, without one a run.

    Raises:
        GitprovError: as record; ``details["document"]`` counts the drafts from 1.
    """
    with collector_paused():
        return _submit(workspace, list(_complete(workspace, drafts))).receipts


def _complete(
    workspace: Workspace, drafts: Iterable[Record | Mapping[str, Any]]
) -> Iterable[Record]:
    # Whole records need no reader of drafts.
    from gitprov.codec.drafts import from_mapping  # noqa: PLC0415

    drafting = workspace.drafting()
    for number, draft in enumerate(drafts, 1):
        if isinstance(draft, Record):
            yield draft
            continue
        try:
            kind = str(draft.get("kind") or "run")
            fields = from_mapping(draft, kind).mapping
            is_run = kind == "run"
            yield drafting.complete(fields) if is_run else drafting.complete_other(fields, kind)
        except GitprovError as reason:
            details = {**reason.details, "document": number}
            raise type(reason)(reason.code, reason.message, **details) from reason


def flush(workspace: Workspace) -> list[Receipt]:
    """Append the records that wait in the spool; a receipt for each that was touched.

    Raises:
        GitprovError: why something still waits.
    """
    receipts = _take_drafts(workspace) if workspace.spool.names(DRAFTS) else []
    return _noticed(workspace, receipts + workspace.recorder().flush())
