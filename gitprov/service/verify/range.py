"""Judges a range of entries; ranges are independent, so several processes can share a ledger."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from gitprov.codec.commit import read_links
from gitprov.codec.scalars import emit_scalar
from gitprov.errors import GitprovError
from gitprov.model.finding import Finding, error, failing
from gitprov.model.kinds import Document
from gitprov.model.run import RunRecord
from gitprov.service.judge.case import AcceptedBy, EntryPosition, JudgedEntry, read_entry
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.judge.files import JudgedFile, event_id
from gitprov.service.ledger.parent_facts import ParentFacts, facts_of, parent_facts
from gitprov.service.ledger.topology import Topology
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.note_sum import NoteSum, note_line
from gitprov.service.notes.noted_runs import changes_notes
from gitprov.service.verify.repeats import RepeatFinder

_FACTS_KEPT = 256
_MOST_FINDINGS = 10_000
# Entries that go through the judge's stages side by side, and how many files they may add.
_AT_ONCE = 32
_FILES_AT_ONCE = 512


def _marks() -> array[int]:
    return array("Q")


def payload_mark(digest: str) -> int:
    """Return the first 64 bits of a digest (64 hex, or ``sha256:`` and 64 hex)."""
    return int(digest.removeprefix("sha256:")[:16], 16)


@dataclass(slots=True)
class RangeSummary:
    """The summary of a range, once its entries are judged and forgotten.

    Args:
        entries: how many were judged.
        records: kind -> count.
        signers: fingerprint -> count of entries.
        findings: of these entries.
        disputable: (position, height, fingerprint) of entries signed by a key that the tip's
            policy revokes.
        missing_commits: code commits that are not in the code repository.
        amended: runs of which an amendment changes what notes say.
        notes: sum of the note lines, as if nothing were amended.
        events: edit_event_ids.
        sources: source triples.
        payloads: the first 64 bits of every payload's digest.
        removals: proposal id -> digests of the payloads that it wants removed.
        tombstones: (position, proposal id).
    """

    entries: int = 0
    records: Counter[str] = field(default_factory=Counter)
    signers: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    disputable: list[tuple[int, int, str]] = field(default_factory=list)
    missing_commits: set[str] = field(default_factory=set)
    amended: set[str] = field(default_factory=set)
    notes: int = 0
    events: RepeatFinder = field(default_factory=RepeatFinder)
    sources: RepeatFinder = field(default_factory=RepeatFinder)
    payloads: array[int] = field(default_factory=_marks)
    removals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tombstones: list[tuple[int, str]] = field(default_factory=list)

    def merge(self, other: RangeSummary) -> None:
        """Take over another range's summary."""
        self.entries += other.entries
        self.records += other.records
        self.signers += other.signers
        self.findings += other.findings
        self.disputable += other.disputable
        self.missing_commits |= other.missing_commits
        self.amended |= other.amended
        self.notes = (self.notes + other.notes) % (1 << 128)
        self.events.merge(other.events)
        self.sources.merge(other.sources)
        self.payloads += other.payloads
        self.removals |= other.removals
        self.tombstones += other.tombstones


@dataclass(frozen=True, slots=True)
class RangeTools:
    """The tools that judge a range.

    Args:
        judge: judges one entry.
        genesis_judge: judges the genesis, which no ledger id precedes.
        has_code_commit: whether a commit is in the code repository; None if there is none.
        revoked: fingerprints that the tip's policy revokes.
    """

    view: LedgerView
    judge: EntryJudge
    genesis_judge: EntryJudge
    has_code_commit: Callable[[str], bool] | None
    revoked: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Case:
    """An entry on its way through the judge's stages."""

    position: int
    entry: JudgedEntry
    stages: Iterator[None]


def _groups(cases: Iterable[_Case]) -> Iterator[list[_Case]]:
    """Compare trees, and say which entries together hold not too many records for the memory."""
    group: list[_Case] = []
    files = 0
    for case in cases:
        next(case.stages, None)
        if group and files + case.entry.added > _FILES_AT_ONCE:
            yield group
            group, files = [], 0
        group.append(case)
        files += case.entry.added
    yield group


class RangeVerifier:
    """Judges entries one after the other and keeps only their summary."""

    def __init__(self, tools: RangeTools, topology: Topology) -> None:
        self._tools = tools
        self._topology = topology
        self._facts: OrderedDict[str, ParentFacts] = OrderedDict()
        self._accepted: dict[int, AcceptedBy] = {}
        self._known_commits: set[str] = set()
        self._notes = NoteSum()
        self._refused = 0
        self.summary = RangeSummary()

    def run(
        self,
        positions: Iterable[int],
        progress: Callable[[int], None],
        most_refused: int | None = None,
    ) -> RangeSummary:
        """Judge the entries at these positions.

        Args:
            positions: of the topology.
            progress: called now and then with how many more entries are done.
            most_refused: how many bad entries are enough to stop; None judges all.
        """
        waiting = iter(positions)
        while batch := list(islice(waiting, _AT_ONCE)):
            if most_refused is not None and self._refused >= most_refused:
                break
            for group in _groups(map(self._open, batch)):
                self._finish(group)
            progress(len(batch))
        self.summary.notes = self._notes.value
        return self.summary

    def _open(self, position: int) -> _Case:
        oid = self._topology.oid(position)
        try:
            unreadable = self._topology.unreadable.get(oid)
            if unreadable is not None:
                raise unreadable
            raw = self._tools.view.commit(oid)
            entry = read_entry(oid, raw)
            place = self._place(position, entry, raw)
        except GitprovError as reason:
            finding = replace(error(reason.code, reason.message), entry=oid)
            return _Case(position, JudgedEntry(oid, findings=[finding]), iter(()))
        self._remember(entry, raw)
        judge = self._tools.genesis_judge if position == 0 else self._tools.judge
        return _Case(position, entry, judge.stages(entry, place))

    def _finish(self, group: list[_Case]) -> None:
        """Take these entries through their stages side by side, then sum them up in order."""
        running = group
        while running:
            running = [case for case in running if next(case.stages, True) is None]
        for case in group:
            self._summarise(case.position, case.entry)

    def _place(self, position: int, entry: JudgedEntry, raw: bytes) -> EntryPosition:
        mainline = self._topology.is_mainline(position)
        links = read_links(raw)[1] if entry.commit is None else entry.commit.parents
        parents = tuple(self._parent(oid) for oid in links)
        accepted_by = None
        if not mainline:
            accepted_by = self._accepting(self._topology.accepted_by[position])
        return EntryPosition(parents, mainline, accepted_by, position in self._topology.related)

    def _parent(self, oid: str) -> ParentFacts:
        known = self._facts.get(oid)
        if known is None:
            try:
                known = parent_facts(oid, self._tools.view.commit(oid))
            except GitprovError as reason:
                known = ParentFacts(oid, None, None, None, reason)
            self._facts[oid] = known
        return known

    def _remember(self, judged: JudgedEntry, raw: bytes) -> None:
        if judged.commit is None:
            self._facts[judged.oid] = parent_facts(judged.oid, raw)
        else:
            self._facts[judged.oid] = facts_of(judged.oid, judged.commit, judged.claims)
        while len(self._facts) > _FACTS_KEPT:
            self._facts.popitem(last=False)

    def _accepting(self, merge: int) -> AcceptedBy | None:
        known = self._accepted.get(merge)
        if known is None:
            merged = self._parent(self._topology.oid(merge))
            first = self._parent(self._topology.oid(self._topology.first[merge]))
            if first.tree is None or merged.seconds is None:
                return None
            known = AcceptedBy(first.tree, merged.seconds)
            self._accepted = {merge: known}
        return known

    def _summarise(self, position: int, judged: JudgedEntry) -> None:
        summary = self.summary
        summary.entries += 1
        self._refused += any(failing(judged.findings))
        # However much one entry gets wrong, it does not hide that a later one is bad.
        room = _MOST_FINDINGS - len(summary.findings)
        summary.findings += judged.findings[: max(room, 1)]
        if judged.signer is not None:
            summary.signers[judged.signer.key] += 1
            if judged.signer.key in self._tools.revoked and judged.claims is not None:
                place = (position, judged.claims.height, judged.signer.key)
                summary.disputable.append(place)
        for file in self._own_files(position, judged.files):
            if file.is_record:
                summary.records[file.kind] += 1
            event = event_id(file)
            if event is not None:
                summary.events.add(event, position)
            self._summarise_record(file.record, position)

    def _own_files(self, position: int, files: list[JudgedFile]) -> list[JudgedFile]:
        """Return the files of an entry; one that comes by both sides is the first parent's."""
        accepted = None
        if not self._topology.is_mainline(position):
            accepted = self._accepting(self._topology.accepted_by[position])
        if accepted is None:
            return files
        return [file for file in files if not self._is_in(accepted.tree, file.path)]

    def _is_in(self, tree: str, path: str) -> bool:
        try:
            return self._tools.view.find(tree, path) is not None
        except GitprovError:
            return False

    def _summarise_record(self, record: Document | None, position: int) -> None:
        summary = self.summary
        if record is None:
            return
        # By kind, not by class: the hook meets few of these kinds, and need not load the others.
        if record.kind == "run":
            self._summarise_run(record, position)
        elif record.kind == "amendment" and changes_notes(record):
            summary.amended.add(record.run_id)
        elif record.kind == "artifact" or record.kind == "log":  # noqa: PLR1714 - tells mypy
            summary.payloads.append(payload_mark(record.sha256))
        elif record.kind == "proposal" and record.removed_artifacts:
            summary.removals[record.proposal_id] = record.removed_artifacts
        elif record.kind == "tombstone":
            summary.tombstones.append((position, record.tombstone_id))

    def _summarise_run(self, run: RunRecord, position: int) -> None:
        if run.source is not None:
            source = run.source
            triple = f"{source.system}\n{source.session_id}\n{source.turn_id or ''}"
            self.summary.sources.add(triple, position)
        for link in run.code_commits or ():
            line = note_line(
                run.run_id, run.run_status, emit_scalar(run.agent_name), withdrawn=False
            )
            self._notes.add(link.commit, line)
            self._check_code_commit(link.commit)

    def _check_code_commit(self, commit: str) -> None:
        exists = self._tools.has_code_commit
        if exists is None or commit in self._known_commits:
            return
        if exists(commit):
            if len(self._known_commits) < _FACTS_KEPT:
                self._known_commits.add(commit)
        else:
            self.summary.missing_commits.add(commit)
