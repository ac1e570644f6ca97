"""The ports of recording."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.update import NoteUpdater
from gitprov.service.ports.clock import Ids
from gitprov.service.ports.spool import SourceIndex, Spool
from gitprov.service.ports.writing import Maintenance, WriterLock
from gitprov.service.write.append_entry import AppendPorts
from gitprov.service.write.audit_trail import AuditTrail


@dataclass(frozen=True, slots=True)
class RecorderPorts:
    """The adapters of a recorder."""

    append: AppendPorts
    view: LedgerView
    spool: Spool
    lock: WriterLock
    audit: AuditTrail
    sources: SourceIndex
    notes: NoteUpdater
    maintenance: Maintenance
    ids: Ids
