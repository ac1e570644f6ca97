"""Lists records of one kind, newest first, with amendments applied; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gitprov.codec.records import build, parse_mapping
from gitprov.errors import Code, GitprovError, StorageError, UsageError
from gitprov.guard.clock import SKEW_MS
from gitprov.model.amendment import Amendment
from gitprov.model.entry import AddedFile
from gitprov.model.ids import parse_path
from gitprov.model.kinds import Document, Record
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.model.times import time_ms
from gitprov.service.ledger.read_entries import EntryReader, ListedEntry
from gitprov.service.read.amended_run import AcceptedAmendment, apply_amendments
from gitprov.service.read.log_filters import LogQuery, matches, matches_signer
from gitprov.service.read.marks import Marks, read_marks


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """One line of the log.

    Args:
        record: the record; a run with its amendments applied.
        entry: the entry that carries it.
        signer: who signed that entry by the policy in force; None if the policy lists no such key.
        amendments: how many amendments were applied.
        is_withdrawn: an amendment or the owners took it back.
        is_disputed: its signer's key is revoked from before its acceptance on.
    """

    record: Record
    entry: ListedEntry
    signer: SignerRule | None
    amendments: int = 0
    is_withdrawn: bool = False
    is_disputed: bool = False


@dataclass(slots=True)
class Unlisted:
    """The counts of matching records that a query left out, and of unreadable ones.

    Args:
        disputed: hidden, because the signer's key is revoked.
        withdrawn: hidden, because it was taken back.
        unreadable: entries or records that cannot be read; ``verify`` says why.
    """

    disputed: int = 0
    withdrawn: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class LogSearch:
    """One query, answered lazily.

    Amendments of a run are in entries that come before the run's when the newest comes first,
    so one pass is enough, and a limit ends it early.

    Args:
        tip: its last entry.
        query: what to list.
        unlisted: counts, complete once the search has ended.

    Raises:
        UsageError: GPV-422-ARGUMENT; the query asks of other kinds what only runs have.
    """

    reader: EntryReader
    tip: str
    query: LogQuery
    unlisted: Unlisted = field(default_factory=Unlisted)
    _amendments: dict[str, list[AcceptedAmendment]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a query that could never find anything."""
        if self.query.kind != "run" and self.query.run_only():
            filters = ", ".join(self.query.run_only())
            text = f"only runs have {filters}; leave that out, or list runs"
            raise UsageError(Code.ARGUMENT, text)

    def __iter__(self) -> Iterator[LoggedRecord]:
        """Yield what is wanted.

        Raises:
            StorageError: an object, or the policy at the tip, cannot be read.
            RecordError: GPV-400-COMMIT-FORM, a parent is not a commit.
        """
        left = self.query.limit
        if left == 0:
            return
        marks = self._marks()
        for entry in self.reader.newest_first(self.tip):
            if self._is_before_all(entry):
                return
            for found in self._wanted(entry, marks):
                yield found
                left = None if left is None else left - 1
                if left == 0:
                    return

    def _marks(self) -> Marks:
        """Read what owners decided; without it, hidden runs would look like any other."""
        root = self.reader.tree(self.tip)
        try:
            if root is not None:
                return read_marks(self.reader.view, root)
        except StorageError:
            raise
        except GitprovError as reason:
            text = f"the policy at the ledger's tip cannot be read ({reason.message})"
            raise StorageError(reason.code, f"{text}; run gitprov verify") from reason
        text = f"the ledger's tip {self.tip[:12]} names no tree; run gitprov verify"
        raise StorageError(Code.STORE_CORRUPT, text)

    def _is_before_all(self, entry: ListedEntry) -> bool:
        """Whether this and all older entries are too old to hold what is asked for.

        A record is no later than its entry, and entries are no earlier than their parents,
        each but for the skew that verification allows.
        """
        if self.query.since is None or not entry.is_mainline or entry.commit is None:
            return False
        return (entry.seconds + 1) * 1000 + 2 * SKEW_MS < time_ms(self.query.since)

    def _wanted(self, entry: ListedEntry, marks: Marks) -> Iterator[LoggedRecord]:
        records = self._records(entry)
        if not records:
            return
        signer = self.reader.signer(entry)
        if not matches_signer(signer, self.query.signer):
            return
        disputed = marks.is_disputed(entry, None if signer is None else signer.key)
        for record in records:
            found = self._current(record, entry, signer)
            is_withdrawn = found.is_withdrawn or marks.is_withdrawn(entry)
            if not matches(found.record, self.query):
                continue
            if (disputed or is_withdrawn) and not self.query.with_hidden:
                self.unlisted.disputed += disputed
                self.unlisted.withdrawn += is_withdrawn and not disputed
                continue
            yield LoggedRecord(
                found.record, entry, signer, found.amendments, is_withdrawn, disputed
            )

    def _records(self, entry: ListedEntry) -> list[Record]:
        """Read what an entry adds of the wanted kind, the newest id first; note amendments."""
        if entry.commit is None:
            self.unlisted.unreadable += 1
            return []
        try:
            files = self.reader.added(entry)
        except StorageError:
            raise
        except GitprovError:
            self.unlisted.unreadable += 1
            return []
        records = []
        for file in reversed(files):
            kind = (parse_path(file.path) or ("",))[0]
            if kind != self.query.kind and (kind != "amendment" or self.query.kind != "run"):
                continue
            record = self._read(file, kind)
            if isinstance(record, Amendment) and kind != self.query.kind:
                self._remember(record, file, entry)
            elif isinstance(record, Record):
                records.append(record)
        return records

    def _read(self, file: AddedFile, kind: str) -> Document | None:
        try:
            return build(parse_mapping(self.reader.view.blob(file.oid)), kind)
        except StorageError:
            raise
        except GitprovError:
            self.unlisted.unreadable += 1
            return None

    def _remember(self, record: Amendment, file: AddedFile, entry: ListedEntry) -> None:
        place = AcceptedAmendment(entry.accepted.height, entry.height, file.path, record)
        self._amendments.setdefault(record.run_id, []).append(place)

    def _current(
        self, record: Record, entry: ListedEntry, signer: SignerRule | None
    ) -> LoggedRecord:
        if not isinstance(record, RunRecord) or record.run_id not in self._amendments:
            return LoggedRecord(record, entry, signer)
        run = apply_amendments(record, self._amendments.pop(record.run_id))
        return LoggedRecord(run.current, entry, signer, run.applied, run.is_withdrawn)
