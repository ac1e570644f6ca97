"""Recording without loss: spool, lock, append, clean up (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gitprov.errors import Code, GitprovError, RecordError, RefusedError, UsageError
from gitprov.model.finding import Finding, Severity
from gitprov.model.ids import record_path
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.model.receipt import Notice, Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import Source
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import Authority, LedgerView
from gitprov.service.notes.update import NoteUpdater
from gitprov.service.ports import Ids, Maintenance, SourceIndex, Spool, WriterLock
from gitprov.service.write.admission import Admitted, admit, agent_lookup, as_error, check_rights
from gitprov.service.write.append_entry import AppendPorts, EntryAppender
from gitprov.service.write.audit_trail import AuditTrail
from gitprov.service.write.drain_spool import Drained, SpoolDrain
from gitprov.service.write.signing_key import SigningKeys, choose_signer

_SPOOL_FILE_RECORDS = 5_000
_SPOOL_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecorderPorts:
    """What recording needs from the outside."""

    append: AppendPorts
    view: LedgerView
    spool: Spool
    lock: WriterLock
    audit: AuditTrail
    sources: SourceIndex
    notes: NoteUpdater
    maintenance: Maintenance
    ids: Ids


@dataclass(slots=True)
class _Batch:
    """The records of one call that one key signs."""

    signer: SignerRule
    items: list[Admitted] = field(default_factory=list)


class Recorder:
    """Takes records and brings them to the ledger, or keeps them safe until it can.

    Args:
        ports: the adapters.
        keys: which keys this machine signs with.
        ref: the ledger's ref.
        patience: seconds to wait for the writer lock.
    """

    def __init__(
        self, ports: RecorderPorts, keys: SigningKeys, ref: str, patience: float = 10.0
    ) -> None:
        self._ports = ports
        self._keys = keys
        self._ref = ref
        self._patience = patience
        appender = EntryAppender(ports.append, ports.view, ref)
        self._drain = SpoolDrain(
            ports.spool,
            lambda: ports.append.refs.get(ref),
            ports.view,
            appender,
            self._derive,
            ports.audit,
        )
        self._trouble: list[GitprovError] = []
        self._find_place: Callable[[str, str], tuple[str, int] | None] | None = None

    def submit(self, records: Sequence[Record]) -> list[Receipt]:
        """Record these; either all are admitted and durable, or none is written.

        Returns:
            A receipt for each, in order. A record that could not be appended yet has the state
            SPOOLED and says why; it is durable and goes with the next call.

        Raises:
            RefusedError: HSK-403-SILENT-EDIT, GPV-403-*, GPV-409-DUPLICATE; nothing is written.
            RecordError: GPV-4xx; nothing is written.
            UsageError: GPV-404-NO-LEDGER; there is no ledger yet.
            StorageError: GPV-507-STORAGE; not even the spool could be written.
        """
        ground = self._ground()
        try:
            if isinstance(ground, GitprovError):
                return self._keep(records, ground)
            tip, authority = ground
            known, batches = self._admit(records, tip, authority)
        except (RefusedError, RecordError) as reason:
            self._ports.audit.refused(reason)
            raise
        self._drain.expect(item for batch in batches for item in batch.items)
        spooled = {
            batch.signer.key: self._spool(batch.signer.key, batch.items) for batch in batches
        }
        signers = {batch.signer.key: batch.signer for batch in batches}
        if known:
            # A call that died after its entry left the spool file; this is the retry.
            waiting = self._waiting(authority)
            signers |= {s.key: s for s in waiting}
            spooled = {}
        drained, trouble = self._append(signers.values(), spooled)
        return [known.get(r.record_id) or self._receipt(r, drained, trouble) for r in records]

    def flush(self, first: Collection[str] = ()) -> list[Receipt]:
        """Append everything that waits, of every signer whose key is at hand.

        Args:
            first: the keys whose records go before the others'; what amends a run comes after it.

        Returns:
            A receipt for each record that landed or was set aside.
        """
        _, authority = self._tip()
        waiting = sorted(self._waiting(authority), key=lambda signer: signer.key not in first)
        self._drain.expect(())
        drained, trouble = self._append(waiting, {})
        receipts = [
            Receipt(record_id, entry.oid, entry.height, RecordState.RECORDED, _doubts(entry.doubts))
            for record_id, entry in drained.appended.items()
        ]
        for record_id, reason in drained.refused.items():
            notice = Notice(reason.code, reason.message)
            receipts.append(Receipt(record_id, None, None, RecordState.SPOOLED, (notice,)))
        if trouble:
            left = sum(len(self._ports.spool.names(s.key)) for s in waiting)
            if left:
                raise trouble[0]
        return receipts

    def _waiting(self, authority: Authority) -> list[SignerRule]:
        return [s for s in authority.policy.signers if self._ports.spool.names(s.key)]

    def _ground(self) -> tuple[Tip, Authority] | GitprovError:
        """What to append to and by which policy, or why that cannot be read."""
        try:
            return self._tip()
        except UsageError:
            raise
        except GitprovError as reason:
            return reason

    def _tip(self) -> tuple[Tip, Authority]:
        oid = self._ports.append.refs.get(self._ref)
        if oid is None:
            text = f"there is no ledger at {self._ref}; make or join one with: gitprov init"
            raise UsageError(Code.NO_LEDGER, text)
        tip = read_tip(self._ports.view, oid)
        return tip, self._ports.view.authority(tip.commit.tree)

    def _admit(
        self, records: Sequence[Record], tip: Tip, authority: Authority
    ) -> tuple[dict[str, Receipt], list[_Batch]]:
        # An entry is never older than its parent, so a key need not live at an earlier time.
        now = max(self._ports.append.clock.now_ms() // 1000, tip.commit.seconds)
        known: dict[str, Receipt] = {}
        batches: dict[str, _Batch] = {}
        signers: dict[str, SignerRule] = {}
        seen: dict[str, Admitted] = {}
        for record in records:
            item = admit(record, self._ports.append.records)
            twin = seen.setdefault(item.path, item)
            if twin.oid != item.oid:
                raise _duplicate(item, "twice in this batch, with different content")
            if twin is not item:
                continue
            receipt = self._already(item, tip)
            if receipt is not None:
                known[item.record_id] = receipt
                continue
            actor_kind = str(record.mutation.actor_kind)
            if actor_kind not in signers:
                signers[actor_kind] = choose_signer(self._keys, authority, actor_kind, now)
            signer = signers[actor_kind]
            batches.setdefault(signer.key, _Batch(signer)).items.append(item)
        agent_of = agent_lookup(self._ports.view, tip.commit.tree, seen.values())
        for batch in batches.values():
            for item in batch.items:
                findings = check_rights(item, batch.signer, authority, agent_of)
                if findings:
                    raise as_error(findings[0])
        return known, list(batches.values())

    def _already(self, item: Admitted, tip: Tip) -> Receipt | None:
        there = self._ports.view.find(tip.commit.tree, item.path)
        if there == item.oid:
            return self._found(item.record_id, item.path)
        if there is not None:
            raise _duplicate(item, "on the ledger with other content")
        if isinstance(item.record, RunRecord) and item.record.source is not None:
            return self._already_by_source(item.record, item.record.source, tip)
        return None

    def _already_by_source(self, run: RunRecord, source: Source, tip: Tip) -> Receipt | None:
        """The same session or turn, delivered again under another run id (2.4)."""
        run_id = self._ports.sources.find(source.system, source.session_id, source.turn_id)
        if run_id is None or run_id == run.run_id:
            return None
        path = record_path("run", run_id)
        if self._ports.view.find(tip.commit.tree, path) is not None:
            return self._found(run_id, path)
        if self._ports.spool.holds(run_id):
            return Receipt(run_id, None, None, RecordState.SPOOLED)
        return None

    def _found(self, record_id: str, path: str) -> Receipt:
        oid, height = self._place(path) or (None, None)
        return Receipt(record_id, oid, height, RecordState.ALREADY_RECORDED)

    def _place(self, path: str) -> tuple[str, int] | None:
        """The entry that brought a file, None if the ledger has no such file."""
        # Few records need it: those that came again, or that another writer took along.
        from gitprov.service.read.places import Places

        tip = self._ports.append.refs.get(self._ref)
        if self._find_place is None:
            self._find_place = Places(self._ports.view).find
        return None if tip is None else self._find_place(tip, path)

    def _keep(self, records: Sequence[Record], reason: GitprovError) -> list[Receipt]:
        """Let records wait where the ledger cannot be read; its damage must not lose a run.

        Raises:
            GitprovError: the reason, where no key is configured to keep them for.
        """
        kept: dict[str, list[Admitted]] = {}
        for record in records:
            key = self._keys.configured(str(record.mutation.actor_kind))
            if key is None:
                raise reason
            kept.setdefault(key, []).append(admit(record, self._ports.append.records))
        for key, items in kept.items():
            self._spool(key, items)
        notice = Notice(reason.code, reason.message)
        return [Receipt(r.record_id, None, None, RecordState.SPOOLED, (notice,)) for r in records]

    def _spool(self, key: str, items: Sequence[Admitted]) -> list[str]:
        names = []
        for part in _parts(items):
            name = part[0].record_id
            if len(part) > 1:
                name = self._ports.ids.uuid7(self._ports.append.clock.now_ms())
            self._ports.spool.put(key, name, [item.content for item in part])
            names.append(name)
        for item in items:
            run = item.record
            if isinstance(run, RunRecord) and run.source is not None:
                source = run.source
                self._ports.sources.add(
                    source.system, source.session_id, source.turn_id, run.run_id
                )
        return names

    def _append(
        self, signers: Iterable[SignerRule], spooled: Mapping[str, list[str]]
    ) -> tuple[Drained, list[GitprovError]]:
        """Append what waits for these signers.

        Args:
            signers: whose spools to empty.
            spooled: key -> files that this call put there, where nothing else matters: a
                writer that had the lock before us may take them along (group commit).
        """
        drained = Drained()
        trouble = self._trouble = []
        for signer in signers:
            names = spooled.get(signer.key, [])
            try:
                is_done = partial(self._is_done, signer, names)
                with self._ports.lock.hold(self._patience, is_done) as is_held:
                    if is_held:
                        self._drain.run(signer, drained)
            except GitprovError as reason:
                trouble.append(reason)
        if drained.items:
            self._ports.maintenance.after_append()
        return drained, trouble

    def _is_done(self, signer: SignerRule, names: Sequence[str]) -> bool:
        """Whether another writer has taken all of these files along."""
        spool = self._ports.spool
        return bool(names) and not any(spool.waits(signer.key, name) for name in names)

    def _derive(self, records: Sequence[Record]) -> bool:
        """Notes follow in the same critical section; their failure changes nothing (step 6)."""
        try:
            self._ports.notes.update(records)
        except GitprovError as reason:
            self._trouble.append(reason)
            return False
        return True

    def _receipt(
        self, record: Record, drained: Drained, trouble: Sequence[GitprovError]
    ) -> Receipt:
        record_id = record.record_id
        notices = tuple(Notice(reason.code, reason.message) for reason in trouble)
        entry = drained.appended.get(record_id)
        if entry is not None:
            notices += _doubts(entry.doubts)
            return Receipt(record_id, entry.oid, entry.height, RecordState.RECORDED, notices)
        if record_id in drained.refused:
            raise drained.refused[record_id]
        path = drained.known.get(record_id) or record_path(record.kind, record_id)
        place = self._place(path)
        if place is not None:
            # Another process that held the lock before us took our record along.
            return Receipt(record_id, *place, RecordState.RECORDED, notices)
        return Receipt(record_id, None, None, RecordState.SPOOLED, notices)


def _doubts(findings: Sequence[Finding]) -> tuple[Notice, ...]:
    return tuple(Notice(f.code, f.message) for f in findings if f.severity is not Severity.WARNING)


def _duplicate(item: Admitted, where: str) -> RefusedError:
    text = f"{item.record.kind} {item.record_id} is {where}; records are never changed"
    return RefusedError(Code.DUPLICATE, text, path=item.path)


def _parts(items: Sequence[Admitted]) -> Iterator[list[Admitted]]:
    part: list[Admitted] = []
    size = 0
    for item in items:
        if part and (
            len(part) >= _SPOOL_FILE_RECORDS or size + len(item.content) > _SPOOL_FILE_BYTES
        ):
            yield part
            part, size = [], 0
        part.append(item)
        size += len(item.content)
    if part:
        yield part
