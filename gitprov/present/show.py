"""How a shown record or entry looks: as JSON, and as text."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.model.ids import parse_path
from gitprov.model.policy import SignerRule
from gitprov.model.times import format_time
from gitprov.present.text import safe, safe_text, short_oid
from gitprov.service.ledger.read_entries import ListedEntry
from gitprov.service.read.amended_run import AmendedRun
from gitprov.service.read.show_record import Shown, ShownAmendment, ShownEntry, ShownRecord

_TO_SECONDS = len("2026-11-20T10:34:56")


def show_mapping(shown: Shown) -> dict[str, object]:
    """Render the answer for JSON; ``record`` is as it was stored, ``current`` as it is now."""
    carrier = shown.carrier
    mapping: dict[str, object] = {
        "record": None,
        "entry": entry_mapping(carrier.entry, carrier.signer),
        "amendments": [],
        "verdict": str(carrier.verdict),
        "findings": [
            {"code": f.code, "severity": f.severity, "path": f.path, "message": f.message}
            for f in carrier.findings
        ],
        "disputed": carrier.is_disputed,
        "withdrawn": carrier.is_withdrawn,
        "records": [{"kind": kind, "id": name} for kind, name in record_names(shown.paths)],
    }
    if shown.record is not None:
        mapping |= _record_mapping(shown.record)
    return mapping


def entry_mapping(entry: ListedEntry, signer: SignerRule | None) -> dict[str, object]:
    """Render where and by whom something was recorded."""
    return {
        "oid": entry.oid,
        "height": entry.height,
        "signer": None if signer is None else signer.name,
        "fingerprint": None if signer is None else signer.key,
        "time": _time(entry),
        "accepted_height": entry.accepted.height,
    }


def show_lines(shown: Shown) -> Iterator[str]:
    """Render the answer as text for people, safe for their terminal."""
    record, carrier = shown.record, shown.carrier
    if record is None:
        yield f"entry      {carrier.entry.oid}"
    else:
        yield safe(f"{record.file.kind:10} {record.file.record_id}{_marks(record)}")
        yield f"entry      {short_oid(carrier.entry.oid)} at height {_height(carrier.entry)}"
    if record is None:
        yield f"height     {_height(carrier.entry)}"
    time = _time(carrier.entry)
    yield "time       " + ("-" if time is None else f"{time[:_TO_SECONDS]}Z")
    yield f"signer     {_signer(carrier.signer)}"
    yield f"verdict    {carrier.verdict}{_entry_marks(carrier)}"
    yield from (f"           {safe(finding.line())}" for finding in carrier.findings)
    if record is None:
        yield from (safe(f"{kind:10} {name}") for kind, name in record_names(shown.paths))
    else:
        yield from _record_lines(record)


def record_names(paths: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (kind, id) of what is at paths of a ledger."""
    parsed = (parse_path(path) for path in paths)
    return [place for place in parsed if place is not None]


def _record_mapping(record: ShownRecord) -> dict[str, object]:
    mapping: dict[str, object] = {
        "record": None if record.record is None else record.record.to_mapping(),
        "amendments": [_amendment_mapping(amendment) for amendment in record.amendments],
        "withdrawn": record.is_withdrawn,
        "expunged_by": record.expunged_by,
        "records": [{"kind": file.kind, "id": file.record_id} for file in record.others],
    }
    if record.run is not None and record.run.applied:
        mapping["current"] = record.run.current.to_mapping()
    return mapping


def _amendment_mapping(shown: ShownAmendment) -> dict[str, object]:
    return {**shown.place.record.to_mapping(), "entry": entry_mapping(shown.entry, shown.signer)}


def _record_lines(record: ShownRecord) -> Iterator[str]:
    if record.expunged_by is not None:
        yield f"expunged   its payload was deleted by proposal {record.expunged_by}"
    for other in record.others:
        yield f"also       {other.kind}:{other.record_id}"
    yield ""
    yield safe_text(record.content.decode("utf-8", "replace").removesuffix("\n"))
    for amendment in record.amendments:
        yield ""
        yield from _amendment_lines(amendment, record.run)


def _amendment_lines(shown: ShownAmendment, run: AmendedRun | None) -> Iterator[str]:
    record = shown.place.record
    is_broken = run is not None and record.amendment_id in run.broken
    note = " (not applied: it would break the rules of a run)" if is_broken else ""
    yield f"amendment  {record.amendment_id} {record.action}{note}"
    yield f"entry      {short_oid(shown.entry.oid)} at height {_height(shown.entry)}"
    yield f"signer     {_signer(shown.signer)}"
    yield f"reason     {safe(record.reason)}"
    changes = {} if record.changes is None else record.changes.to_mapping()
    for name, value in changes.items():
        yield safe(f"  {name}: {value}")


def _marks(record: ShownRecord) -> str:
    marks = {
        "amended": record.run is not None and record.run.applied > 0,
        "withdrawn": record.is_withdrawn,
        "disputed": record.carrier.is_disputed,
        "expunged": record.expunged_by is not None,
    }
    return "".join(f" [{name}]" for name, is_so in marks.items() if is_so)


def _entry_marks(carrier: ShownEntry) -> str:
    if carrier.is_disputed:
        return " (disputed: its key is revoked from an earlier height on)"
    return " (withdrawn by the owners)" if carrier.is_withdrawn else ""


def _height(entry: ListedEntry) -> str:
    if entry.is_mainline:
        return str(entry.height)
    return f"{entry.height}, accepted at {entry.accepted.height}"


def _time(entry: ListedEntry) -> str | None:
    return None if entry.commit is None else format_time(entry.seconds * 1000)


def _signer(signer: SignerRule | None) -> str:
    if signer is None:
        return "not a signer in the current policy"
    return safe(f"{signer.name} <{signer.email}> {signer.key}")
