"""Tells all about one record: itself, its entry, who signed, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.model.artifact import ArtifactRecord
from gitprov.model.entry import AddedFile
from gitprov.model.finding import Finding, Verdict, verdict_of
from gitprov.model.ids import RECORD_KINDS, parse_path
from gitprov.model.kinds import Document
from gitprov.model.log import LogRecord
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.service.ledger.read_entries import EntryReader, ListedEntry
from gitprov.service.ledger.record_files import RecordFile
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.read.amended_run import (
    AcceptedAmendment,
    AmendedRun,
    apply_amendments,
    iter_amendments,
)
from gitprov.service.read.find_record import find, locate
from gitprov.service.read.marks import Marks, read_marks
from gitprov.service.verify.one import judge_one


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry with its judgement.

    Args:
        entry: where it is.
        signer: whose key signed it, by the policy in force; None if the policy lists no such key.
        findings: what its judge found.
        is_disputed: its signer's key is revoked from its acceptance height on.
        is_withdrawn: owners withdrew its acceptance height.
    """

    entry: ListedEntry
    signer: SignerRule | None
    findings: tuple[Finding, ...]
    is_disputed: bool
    is_withdrawn: bool

    @property
    def verdict(self) -> Verdict:
        """The judge's answer about this one entry."""
        return verdict_of(list(self.findings))


@dataclass(frozen=True, slots=True)
class ShownAmendment:
    """One amendment of a run, with its entry."""

    place: AcceptedAmendment
    entry: ListedEntry
    signer: SignerRule | None


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record as it was stored, and what became of it.

    Args:
        file: where it is.
        record: what they say; None for a certificate and where they are not acceptable.
        carrier: its entry.
        amendments: of a run, in the order of their acceptance.
        run: a run with its amendments applied.
        expunged_by: id of the proposal by which the payload of an artifact or log was deleted.
        others: records of other kinds that have the same id.
    """

    file: RecordFile
    content: bytes
    record: Document | None
    carrier: ShownEntry
    amendments: tuple[ShownAmendment, ...] = ()
    run: AmendedRun | None = None
    expunged_by: str | None = None
    others: tuple[RecordFile, ...] = ()

    @property
    def is_withdrawn(self) -> bool:
        """Whether an amendment or the owners took it back."""
        return self.carrier.is_withdrawn or (self.run is not None and self.run.is_withdrawn)


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer to one id.

    Args:
        carrier: the entry.
        record: the record; None for an entry that adds none or several.
        paths: what the entry adds, if an entry was asked for.
    """

    carrier: ShownEntry
    record: ShownRecord | None = None
    paths: tuple[str, ...] = ()


class RecordViewer:
    """Shows records and entries of one ledger.

    Args:
        tip: the ledger's last entry.
        now: the clock, Unix seconds.
    """

    def __init__(self, reader: EntryReader, engine: SignatureEngine, tip: str, now: int) -> None:
        self._reader = reader
        self._engine = engine
        self._tip = tip
        self._now = now

    def show(self, text: str) -> Shown:
        """Show what an id names; see find_record.find.

        Raises:
            UsageError: GPV-404-LINK, GPV-422-ARGUMENT.
            StorageError, RecordError: the ledger cannot be read.
        """
        found = find(self._reader, self._tip, text)
        marks = self._marks()
        entry = found.entry
        if entry is None:
            return self._record(found.records, self._carrier(found.records[0]), marks)
        added = self._added(entry)
        paths = tuple(file.path for file in added)
        records = _records(added)
        if len(records) == 1:
            return replace(self._record(records, entry, marks), paths=paths)
        return Shown(self._judged(entry, marks), paths=paths)

    def raw(self, text: str) -> bytes:
        """Return what is stored under an id: a record's bytes, or an entry's raw commit.

        Raises:
            UsageError, StorageError, RecordError: as show.
        """
        found = find(self._reader, self._tip, text)
        if found.entry is not None:
            return self._reader.raw(found.entry.oid)
        return self._reader.view.blob(found.records[0].oid)

    def _carrier(self, file: RecordFile) -> ListedEntry:
        entry = locate(self._reader, self._tip, file.path)
        if entry is None:
            text = f"{file.path} is in the ledger's tree, but no entry added it; run verify"
            raise StorageError(Code.STORE_CORRUPT, text, path=file.path)
        return entry

    def _record(self, files: tuple[RecordFile, ...], entry: ListedEntry, marks: Marks) -> Shown:
        file, *others = files
        content = self._reader.view.blob(file.oid)
        carrier = self._judged(entry, marks)
        record = _parsed(content, file.kind)
        amendments: tuple[ShownAmendment, ...] = ()
        run = expunged = None
        if isinstance(record, RunRecord):
            amendments = tuple(sorted(self._amendments(record.run_id), key=lambda a: a.place))
            run = apply_amendments(record, [amendment.place for amendment in amendments])
        if isinstance(record, ArtifactRecord | LogRecord):
            expunged = marks.expunged.get(f"sha256:{record.sha256}")
        shown = ShownRecord(
            file, content, record, carrier, amendments, run, expunged, tuple(others)
        )
        return Shown(carrier, shown)

    def _amendments(self, run_id: str) -> Iterator[ShownAmendment]:
        root = self._reader.tree(self._tip)
        if root is None:
            return
        for file, record in iter_amendments(self._reader.view, root, run_id):
            entry = locate(self._reader, self._tip, file.path)
            if entry is None:
                continue
            place = AcceptedAmendment(entry.accepted.height, entry.height, file.path, record)
            yield ShownAmendment(place, entry, self._reader.signer(entry))

    def _judged(self, entry: ListedEntry, marks: Marks) -> ShownEntry:
        findings = judge_one(self._reader, self._engine, self._tip, entry, self._now)
        signer = self._reader.signer(entry)
        disputed = marks.is_disputed(entry, None if signer is None else signer.key)
        return ShownEntry(entry, signer, findings, disputed, marks.is_withdrawn(entry))

    def _added(self, entry: ListedEntry) -> list[AddedFile]:
        try:
            return self._reader.added(entry)
        except RecordError:
            return []  # its findings say why

    def _marks(self) -> Marks:
        root = self._reader.tree(self._tip)
        try:
            return Marks({}, (), {}) if root is None else read_marks(self._reader.view, root)
        except StorageError:
            raise
        except GitprovError:
            return Marks({}, (), {})  # a policy that cannot be read is verify's finding


def _records(added: list[AddedFile]) -> tuple[RecordFile, ...]:
    files = []
    for file in added:
        kind, name = parse_path(file.path) or ("", "")
        if kind in RECORD_KINDS:
            files.append(RecordFile(kind, name, file.oid))
    return tuple(files)


def _parsed(content: bytes, kind: str) -> Document | None:
    try:
        return parse_record(content, kind)
    except StorageError:
        raise
    except GitprovError:
        return None  # the entry's findings say why
