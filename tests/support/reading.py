"""Shorthands for tests that read a built ledger as the commands do."""

from __future__ import annotations

from typing import Any

from gitprov.model.kinds import Record
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import LedgerView
from gitprov.service.read.log_filters import LogQuery
from gitprov.service.read.query_log import LoggedRecord, LogSearch
from gitprov.service.read.show_record import RecordViewer, Shown
from tests.support.history import HistoryBuilder
from tests.support.judgement import engine_of, reader_of


def entries_of(history: HistoryBuilder) -> EntryReader:
    """Return a fresh reader of a ledger."""
    return EntryReader(LedgerView(reader_of(history.path), engine_of("sequoia")))


def search(history: HistoryBuilder, **query: Any) -> LogSearch:
    """Ask a ledger's log."""
    return LogSearch(entries_of(history), history.tip, LogQuery(**query))


def listed(history: HistoryBuilder, **query: Any) -> list[str]:
    """Return the ids that a query finds."""
    return [logged.record.record_id for logged in search(history, **query)]


def found(history: HistoryBuilder, record_id: str, **query: Any) -> LoggedRecord:
    """Return one line of the log, hidden ones included."""
    lines = search(history, with_hidden=True, **query)
    return next(line for line in lines if line.record.record_id == record_id)


def shown(history: HistoryBuilder, text: str, now: int | None = None) -> Shown:
    """Show what an id names."""
    at = history.now if now is None else now
    viewer = RecordViewer(entries_of(history), engine_of("sequoia"), history.tip, at)
    return viewer.show(text)


def field(record: Record, name: str) -> Any:
    """Return a field that only some kinds have."""
    return getattr(record, name)
