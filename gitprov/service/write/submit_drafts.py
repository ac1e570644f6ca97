"""Submits the records that waited for a ledger, once there is one."""

from __future__ import annotations

from collections.abc import Sequence

from gitprov.codec.records import parse_mapping, parse_record
from gitprov.errors import Code, RecordError, RefusedError
from gitprov.model.kinds import Record
from gitprov.model.receipt import Notice, Receipt, RecordState
from gitprov.model.spooled import DRAFTS
from gitprov.service.ports.spool import Spool
from gitprov.service.write.record_run import Recorder

_TOGETHER = 1_000


def submit_drafts(recorder: Recorder, spool: Spool) -> list[Receipt]:
    """Submit what waits under DRAFTS; a receipt for each record.

    What may not enter is set aside alone, with the reason.

    Raises:
        UsageError, SignatureError, StorageError: they go on waiting.
    """
    receipts: list[Receipt] = []
    names = spool.names(DRAFTS)
    while names:
        group, records, names = _group(spool, names)
        try:
            receipts += recorder.submit([record for found in records for record in found])
            spool.drop(DRAFTS, *group)
        except (RefusedError, RecordError):
            for name, found in zip(group, records, strict=True):
                receipts += _submit_alone(recorder, spool, name, found)
    return receipts


def _group(spool: Spool, names: Sequence[str]) -> tuple[list[str], list[list[Record]], list[str]]:
    """Read as many files as one call may take; return them and the names that are left."""
    group: list[str] = []
    records: list[list[Record]] = []
    for name in names:
        if sum(map(len, records)) >= _TOGETHER:
            break
        group.append(name)
        records.append([_record(content) for content in spool.get(DRAFTS, name)])
    return group, records, list(names[len(group) :])


def _submit_alone(
    recorder: Recorder, spool: Spool, name: str, records: Sequence[Record]
) -> list[Receipt]:
    receipts: list[Receipt] = []
    for record in records:
        try:
            receipts += recorder.submit([record])
        except (RefusedError, RecordError) as reason:
            content = [c for c in spool.get(DRAFTS, name) if _record(c) == record]
            spool.set_aside(DRAFTS, name, content, str(reason))
            text = f"{record.record_id} was set aside and will never land: {reason.message}"
            notice = Notice(reason.code, f"{text}; see gitprov doctor")
            receipts.append(Receipt(record.record_id, None, None, RecordState.SPOOLED, (notice,)))
    spool.drop(DRAFTS, name)
    return receipts


def _record(content: bytes) -> Record:
    kind = str(parse_mapping(content).get("kind"))
    document = parse_record(content, kind)
    if not isinstance(document, Record):
        raise RecordError(Code.SCHEMA, f"a {document.kind} cannot be recorded")
    return document
