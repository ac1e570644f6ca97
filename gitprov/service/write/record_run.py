"""Recording without loss: spool, lock, append, clean up (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from gitprov.codec.records import to_bytes
from gitprov.errors import Code, GitprovError, RecordError, RefusedError, StorageError, UsageError
from gitprov.gitraw.item import object_id
from gitprov.model.finding import Finding, failing
from gitprov.model.ids import record_path
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.model.receipt import Notice, Receipt, RecordState
from gitprov.model.spooled import DRAFTS
from gitprov.service.ledger.tip import Tip, current_tip, read_tip, require_tip
from gitprov.service.ledger.view import Authority
from gitprov.service.write.admission import Admitted
from gitprov.service.write.append_entry import AppendedEntry, EntryAppender
from gitprov.service.write.audit_trail import mutations_of
from gitprov.service.write.drain_spool import Drained, SpoolDrain
from gitprov.service.write.plan_submission import Submission, SubmissionPlanner
from gitprov.service.write.recorder_ports import RecorderPorts
from gitprov.service.write.signing_key import SigningKeys

# Each means that another writer stored one of our ids since we looked; then it is found there.
_RACES = 100


class Recorder:
    """Takes records and appends them, or keeps them safe until it can.

    Args:
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
            lambda: current_tip(ports.view, ports.append.refs, ref),
            ports.view,
            appender,
            self._derive,
            ports.audit,
        )
        self._planner = SubmissionPlanner(ports, keys, ref, self._place)
        self._failures: list[GitprovError] = []
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
        try:
            plan, reason = self._store(records)
        except (RefusedError, RecordError) as refusal:
            self._ports.audit.refused(refusal, mutations_of(records))
            raise
        if reason is not None:
            notices = (Notice(reason.code, reason.message),)
            return [_waiting_receipt(item, notices) for item in plan.items]
        self._drain.expect(item for items in plan.fresh.values() for item in items)
        signers, names = plan.signers, plan.names
        if plan.known:
            # A call that died after its entry left the spool file; this is the retry.
            signers = {**signers, **{s.key: s for s in self._waiting(self._tip()[1])}}
            names = {}
        drained, failures = self._append(signers.values(), names)
        return self._receipts(plan, drained, failures)

    def wait_for_ledger(self, records: Sequence[Record], reason: GitprovError) -> list[Receipt]:
        """Let records wait until there is a ledger; either all are durable, or none is.

        Args:
            records: what was handed in.
            reason: why there is none, with what to do.

        Raises:
            RefusedError, RecordError, StorageError: as submit.
        """
        for _ in range(_RACES):
            plan = self._planner.keep(records, reason, DRAFTS)
            if self._planner.store(plan):
                notices = (Notice(reason.code, reason.message),)
                return [_waiting_receipt(item, notices) for item in plan.items]
        raise _too_many_races()

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
        drained, failures = self._append(waiting, {})
        receipts = [_landed(item, entry, ()) for item, entry in drained.appended.values()]
        for refused in drained.refused.values():
            notice = Notice(refused.reason.code, refused.reason.message)
            receipts.append(Receipt(refused.record_id, None, None, RecordState.SPOOLED, (notice,)))
        if failures:
            left = sum(len(self._ports.spool.names(s.key)) for s in waiting)
            if left:
                raise failures[0]
        return receipts

    def find_durable(self, records: Iterable[Record]) -> list[Receipt]:
        """Return receipts for those of some records that are on the ledger or wait."""
        receipts = []
        for record in records:
            content = to_bytes(record)
            path = record_path(record.kind, record.record_id)
            # In this order: records go from the spool to the ledger.
            found = self._ports.spool.find({(record.kind, record.record_id)})
            place = self._place_of(path, object_id("blob", content))
            if place is not None:
                receipts.append(Receipt(record.record_id, *place, RecordState.RECORDED))
            elif any(there.content == content for there in found):
                receipts.append(Receipt(record.record_id, None, None, RecordState.SPOOLED))
        return receipts

    def _waiting(self, authority: Authority) -> list[SignerRule]:
        return [s for s in authority.policy.signers if self._ports.spool.names(s.key)]

    def _store(self, records: Sequence[Record]) -> tuple[Submission, GitprovError | None]:
        """Admit the records and make them durable; also why the ledger cannot be read."""
        for _ in range(_RACES):
            basis = self._ground()
            if isinstance(basis, GitprovError):
                plan, reason = self._planner.keep(records, basis), basis
            else:
                plan, reason = self._planner.plan(records, *basis), None
            if self._planner.store(plan):
                return plan, reason
        raise _too_many_races()

    def _ground(self) -> tuple[Tip, Authority] | GitprovError:
        """Return the tip and the policy in force, or why they cannot be read."""
        try:
            return self._tip()
        except UsageError:
            raise
        except GitprovError as reason:
            return reason

    def _tip(self) -> tuple[Tip, Authority]:
        tip = read_tip(self._ports.view, require_tip(self._ports.append.refs, self._ref))
        return tip, self._ports.view.authority(tip.commit.tree)

    def _place(self, path: str) -> tuple[str, int] | None:
        """The entry that added a file, None if the ledger has no such file."""
        # Few records need it: resubmitted ones, and those that another writer appended.
        from gitprov.service.read.entry_finder import EntryFinder

        tip = self._ports.append.refs.get(self._ref)
        if self._find_place is None:
            self._find_place = EntryFinder(self._ports.view).find
        return None if tip is None else self._find_place(tip, path)

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
        failures = self._failures = []
        for signer in signers:
            names = spooled.get(signer.key, [])
            try:
                is_done = partial(self._is_done, signer, names)
                with self._ports.lock.hold(self._patience, is_done) as is_held:
                    if is_held:
                        self._drain.run(signer, drained)
            except GitprovError as reason:
                failures.append(reason)
        failures += drained.postponed
        if drained.appended:
            self._ports.maintenance.after_append()
        return drained, failures

    def _is_done(self, signer: SignerRule, names: Sequence[str]) -> bool:
        """Whether another writer has taken all of these files along."""
        spool = self._ports.spool
        return bool(names) and not any(spool.waits(signer.key, name) for name in names)

    def _derive(self, records: Sequence[Record]) -> bool:
        """Notes follow in the same critical section; their failure changes nothing (step 6)."""
        try:
            self._ports.notes.update(records)
        except GitprovError as reason:
            self._failures.append(reason)
            return False
        return True

    def _receipts(
        self, plan: Submission, drained: Drained, failures: Sequence[GitprovError]
    ) -> list[Receipt]:
        ours = {item.oid for item in plan.items}
        others_refused = tuple(
            Notice(refused.reason.code, _set_aside(refused.record_id, refused.reason.message))
            for oid, refused in drained.refused.items()
            if oid not in ours
        )
        notices = (*(Notice(reason.code, reason.message) for reason in failures), *others_refused)
        receipts = {
            path: replace(known, warnings=others_refused) for path, known in plan.known.items()
        }
        others = []
        for item in plan.unique():
            if item.path in receipts:
                continue
            if item.oid in drained.refused:
                raise drained.refused[item.oid].reason
            if item.oid in drained.appended:
                receipts[item.path] = _landed(*drained.appended[item.oid], notices)
            else:
                others.append(item)
        if others:
            receipts |= self._taken_along(plan, others, notices)
        return [receipts[item.path] for item in plan.items]

    def _taken_along(
        self, plan: Submission, items: Sequence[Admitted], notices: tuple[Notice, ...]
    ) -> dict[str, Receipt]:
        """Say where records are that this call did not append: another process may have."""
        # First what waits, then the ledger: records go from the one to the other.
        found = self._ports.spool.find({(i.record.kind, i.record_id) for i in items})
        waiting = {there.content for there in found}
        receipts = {}
        for item in items:
            place = self._place_of(item.path, item.oid)
            if place is not None:
                receipts[item.path] = Receipt(item.record_id, *place, RecordState.RECORDED, notices)
            elif item.content in waiting:
                receipts[item.path] = _waiting_receipt(item, notices)
            else:
                raise self._refusal(plan, item)
        return receipts

    def _place_of(self, path: str, oid: str) -> tuple[str, int] | None:
        """The entry that added these very bytes; None if there is none, or none can be read."""
        try:
            there = self._ports.view.find(self._tip()[0].commit.tree, path)
            return self._place(path) if there == oid else None
        except GitprovError:
            return None

    def _refusal(self, plan: Submission, item: Admitted) -> GitprovError:
        """Why a record of ours is not where it was put: another process set it aside."""
        whys = (self._ports.spool.refusal(key, item.content) for key in plan.names)
        code, _, message = next(filter(None, whys), "").partition(": ")
        if code in set(Code):
            text = _set_aside(item.record_id, message)
            return RefusedError(Code(code), text, path=item.path)
        text = f"{item.record_id} is neither on the ledger nor in the spool any more"
        return StorageError(Code.INTERNAL, f"{text}; record it again")


def _too_many_races() -> StorageError:
    return StorageError(Code.BUSY, "other writers store the same ids all the time; try again")


def _landed(item: Admitted, entry: AppendedEntry, notices: tuple[Notice, ...]) -> Receipt:
    warnings = notices + _notices(entry.findings)
    return Receipt(item.record_id, entry.oid, entry.height, RecordState.RECORDED, warnings)


def _waiting_receipt(item: Admitted, notices: tuple[Notice, ...]) -> Receipt:
    return Receipt(item.record_id, None, None, RecordState.SPOOLED, notices)


def _set_aside(record_id: str, message: str) -> str:
    return f"{record_id} was set aside and will never land: {message}; see gitprov doctor"


def _notices(findings: Sequence[Finding]) -> tuple[Notice, ...]:
    return tuple(Notice(f.code, f.message) for f in failing(findings))
