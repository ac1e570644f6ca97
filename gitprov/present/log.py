"""How the lines of the log look: as JSON, and as cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gitprov.model.amendment import Amendment
from gitprov.model.artifact import ArtifactRecord
from gitprov.model.governance import Approval, Enactment, Proposal, Tombstone
from gitprov.model.kinds import Record
from gitprov.model.log import LogRecord
from gitprov.model.run import RunRecord
from gitprov.model.state import StateRecord
from gitprov.present.text import short_oid
from gitprov.service.read.query_log import LoggedRecord, Unlisted

RUN_COLUMNS: Final = (
    "run_id",
    "run_status",
    "agent_name",
    "actor_kind",
    "finished_at",
    "code_commits",
    "entry",
    "signer",
)
RECORD_COLUMNS: Final = (
    "id",
    "of",
    "about",
    "actor_kind",
    "recorded_at",
    "entry",
    "signer",
)
_TO_SECONDS = len("2026-11-20T10:34:56")


def columns_of(kind: str) -> tuple[str, ...]:
    """Name the columns for a kind of record: at most eight."""
    return RUN_COLUMNS if kind == "run" else RECORD_COLUMNS


def log_mapping(logged: LoggedRecord) -> dict[str, object]:
    """Render one record for JSON; records of other kinds than runs are there whole."""
    record = logged.record
    place = {
        "entry": logged.entry.oid,
        "height": logged.entry.height,
        "signer": None if logged.signer is None else logged.signer.name,
        "withdrawn": logged.is_withdrawn,
        "disputed": logged.is_disputed,
    }
    if not isinstance(record, RunRecord):
        names = {"kind": record.kind, "id": record.record_id}
        return {**names, **place, "record": record.to_mapping()}
    return {
        "run_id": record.run_id,
        "run_status": str(record.run_status),
        "agent_name": record.agent_name,
        "actor_kind": str(record.mutation.actor_kind),
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "code_commits": [link.commit for link in record.code_commits or ()],
        **place,
        "amendments": logged.amendments,
    }


def hidden_text(unlisted: Unlisted) -> str:
    """Say how many records were left out, and how to see them; empty if none was."""
    counts = {"withdrawn": unlisted.withdrawn, "disputed": unlisted.disputed}
    hidden = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"not shown: {hidden}; --all shows them" if hidden else ""


def whole_cells(logged: LoggedRecord) -> dict[str, str]:
    """Render one record as cells with full ids and times."""
    record = logged.record
    cells = {
        "id": record.record_id,
        "of": _subject(record),
        "actor_kind": str(record.mutation.actor_kind),
        "recorded_at": record.recorded_at,
        "entry": logged.entry.oid,
        "signer": "" if logged.signer is None else logged.signer.name,
        "about": _marked(_about(record), logged),
    }
    if isinstance(record, RunRecord):
        cells["run_id"] = record.run_id
        cells["run_status"] = _marked(str(record.run_status), logged)
        cells["agent_name"] = record.agent_name
        cells["finished_at"] = record.finished_at
        cells["code_commits"] = " ".join(link.commit for link in record.code_commits or ())
    return cells


def short_cells(logged: LoggedRecord, shorten: Callable[[str], str]) -> dict[str, str]:
    """Render one record as cells for a terminal.

    Args:
        logged: the record.
        shorten: shortens record ids where they stay unique.
    """
    cells = whole_cells(logged)
    for name in ("id", "of", "run_id"):
        if cells.get(name):
            cells[name] = shorten(cells[name])
    for name in ("recorded_at", "finished_at"):
        if name in cells:
            cells[name] = f"{cells[name][:_TO_SECONDS]}Z"
    commits = cells.get("code_commits", "").split()
    more = f" +{len(commits) - 1}" if len(commits) > 1 else ""
    cells["code_commits"] = short_oid(commits[0] if commits else None) + more
    cells["entry"] = short_oid(logged.entry.oid)
    return {name: cell or "-" for name, cell in cells.items()}


def _subject(record: Record) -> str:
    """The id of the run or proposal that a record is about, empty if there is none."""
    if isinstance(record, Approval):
        return record.proposal_id
    return str(getattr(record, "run_id", None) or "")


def _marked(text: str, logged: LoggedRecord) -> str:
    marks = {
        "amended": logged.amendments > 0,
        "withdrawn": logged.is_withdrawn,
        "disputed": logged.is_disputed,
    }
    return " ".join((text, *(name for name, is_so in marks.items() if is_so)))


def _about(record: Record) -> str:
    for kind, describe in _DESCRIPTIONS.items():
        if isinstance(record, kind):
            return describe(record)
    return ""


_DESCRIPTIONS: Mapping[type, Callable[..., str]] = {
    StateRecord: lambda r: " ".join(filter(None, (f"#{r.sequence}", r.status, r.phase))),
    ArtifactRecord: lambda r: f"{r.role} {r.name}",
    LogRecord: lambda r: f"{r.format}, {r.size} bytes",
    Amendment: lambda r: f"{r.action}: {r.reason}",
    Proposal: lambda r: f"{r.action}: {r.reason}",
    Approval: lambda r: str(r.decision),
    Enactment: lambda r: r.plan_digest,
    Tombstone: lambda r: r.reason,
}
