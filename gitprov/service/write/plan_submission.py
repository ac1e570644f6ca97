"""Compares submitted records with ledger and spool, and stores the new ones.

An id belongs to the content that was acknowledged first, wherever that is. So what was looked
up is looked up again at the moment of storing, when nothing can come between: first the spool,
then the ledger, because records go from the one to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.guard.authority import find_signer
from gitprov.model.ids import record_path
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.model.spooled import SpooledRecord, SpoolFile
from gitprov.service.judge.files import check_event_ids, check_recorded_at
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import Authority
from gitprov.service.write.admission import Admitted, admit, as_error, check_entering, run_lookup
from gitprov.service.write.recorder_ports import RecorderPorts
from gitprov.service.write.signing_key import SigningKeys, choose_signer

_SPOOL_FILE_RECORDS = 5_000
_SPOOL_FILE_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Submission:
    """The records of one call.

    Args:
        items: one for each record, in order; the same one where a record came twice.
        tip: the ledger's tip that they were compared with; None if it is unreadable.
        found: what waits under their ids, all of it with the same content.
        known: path -> receipt of what is recorded already.
        fresh: key -> what it will sign and the spool has not.
        signers: key -> whose spools hold any of it.
        names: key -> the spool files that hold any of it.
    """

    items: list[Admitted]
    tip: Tip | None
    found: list[SpooledRecord]
    known: dict[str, Receipt] = field(default_factory=dict)
    fresh: dict[str, list[Admitted]] = field(default_factory=dict)
    signers: dict[str, SignerRule] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def keys(self) -> set[tuple[str, str]]:
        """(kind, id) of each."""
        return {(item.record.kind, item.record_id) for item in self.items}

    def unique(self) -> list[Admitted]:
        """Return each record once."""
        return list({item.path: item for item in self.items}.values())

    def waits(self, key: str, name: str) -> None:
        """Take down that a spool file holds some of it."""
        names = self.names.setdefault(key, [])
        if name not in names:
            names.append(name)


class SubmissionPlanner:
    """Admits the records of a call, and stores them.

    Args:
        place: path -> the entry that added it and its height, None if none did.
    """

    def __init__(
        self,
        ports: RecorderPorts,
        keys: SigningKeys,
        ref: str,
        place: Callable[[str], tuple[str, int] | None],
    ) -> None:
        self._ports = ports.append
        self._view = ports.view
        self._spool = ports.spool
        self._sources = ports.sources
        self._ids = ports.ids
        self._keys = keys
        self._ref = ref
        self._place = place

    def plan(self, records: Sequence[Record], tip: Tip, authority: Authority) -> Submission:
        """Admit records to the ledger.

        Raises:
            RefusedError, RecordError: one of them may not enter; none does.
            UsageError, SignatureError: as choose_signer.
        """
        # An entry is never older than its parent, so a key need not live at an earlier time.
        now = max(self._ports.clock.now_ms() // 1000, tip.commit.seconds)
        plan = self._begin(records, tip)
        signers: dict[str, SignerRule] = {}
        wanted: list[tuple[Admitted, SignerRule]] = []
        waiting_ids = cache(self._spool.record_ids)
        for item in plan.unique():
            receipt = self._already(item, tip, waiting_ids)
            if receipt is not None:
                plan.known[item.path] = receipt
                continue
            actor_kind = str(item.record.mutation.actor_kind)
            if actor_kind not in signers:
                signers[actor_kind] = choose_signer(self._keys, authority, actor_kind, now)
            wanted.append((item, signers[actor_kind]))
        run_of = run_lookup(self._view, tip.commit.tree, plan.items)
        waiting = _able(plan.found, authority)
        for item, signer in wanted:
            there = waiting.get(item.content)
            if there is not None:
                plan.signers[there[0].key] = there[0]
                plan.waits(there[0].key, there[1])
                continue
            findings = check_entering(item, signer, authority, run_of, now)
            if findings:
                raise as_error(findings[0])
            plan.signers[signer.key] = signer
            plan.fresh.setdefault(signer.key, []).append(item)
        return plan

    def keep(
        self, records: Sequence[Record], reason: GitprovError, key: str | None = None
    ) -> Submission:
        """Let records wait where the ledger cannot be read; its damage must not lose a run.

        Args:
            records: what was handed in.
            reason: why it cannot be read.
            key: for which key they wait; None is the one that the settings name.

        Raises:
            GitprovError: the reason, where no key is configured to keep them for.
            RefusedError, RecordError: as plan, as far as it can be told without a ledger.
        """
        plan = self._begin(records, None)
        waiting = {there.content for there in plan.found}
        seconds = self._ports.clock.now_ms() // 1000
        for item in plan.unique():
            signer = key or self._keys.configured(str(item.record.mutation.actor_kind))
            if signer is None:
                raise reason
            findings = check_recorded_at(item.record, item.path, seconds)
            if findings:
                raise as_error(findings[0])
            if item.content not in waiting:
                plan.fresh.setdefault(signer, []).append(item)
        return plan

    def store(self, plan: Submission) -> bool:
        """Put what is new into the spool, all or none.

        Returns:
            False if ledger or spool have changed so that the plan must be made again.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-503-BUSY.
        """
        files = [
            SpoolFile(key, self._name(part), tuple(item.content for item in part))
            for key, items in plan.fresh.items()
            for part in _parts(items)
        ]
        if files and not self._spool.claim(files, lambda: self._is_valid(plan)):
            return False
        for file in files:
            plan.waits(file.fingerprint, file.name)
        for items in plan.fresh.values():
            for item in items:
                run = item.record
                if isinstance(run, RunRecord) and run.source is not None:
                    source = run.source
                    self._sources.add(source.system, source.session_id, source.turn_id, run.run_id)
        return True

    def _begin(self, records: Sequence[Record], tip: Tip | None) -> Submission:
        """Judge the records on their own, among each other, and against what waits."""
        seen: dict[str, Admitted] = {}
        items = []
        for record in records:
            item = admit(record, self._ports.records)
            twin = seen.setdefault(item.path, item)
            if twin.oid != item.oid:
                raise _duplicate(item, "twice in this batch, with different content")
            items.append(twin)
        repeated = check_event_ids((item.event_id, item.path) for item in seen.values())
        if repeated:
            raise as_error(repeated[0])
        plan = Submission(items, tip, [])
        plan.found = self._spool.find(plan.keys)
        for there in plan.found:
            item = seen[record_path(there.kind, there.record_id)]
            if there.content != item.content:
                raise _duplicate(item, "waiting in the spool with other content")
        return plan

    def _is_valid(self, plan: Submission) -> bool:
        if self._spool.find(plan.keys) != plan.found:
            return False
        if plan.tip is None:
            return True
        try:
            oid = self._ports.refs.get(self._ref)
            if oid == plan.tip.oid:
                return True
            tree = None if oid is None else read_tip(self._view, oid).commit.tree
            fresh = (item for items in plan.fresh.values() for item in items)
            return tree is not None and all(self._view.find(tree, i.path) is None for i in fresh)
        except GitprovError:
            return False  # the next plan says what is wrong

    def _name(self, part: Sequence[Admitted]) -> str:
        """Name a spool file; names sort by time, and kinds that share an id share no name."""
        first = part[0]
        if len(part) > 1:
            return self._ids.uuid7(self._ports.clock.now_ms())
        is_run = isinstance(first.record, RunRecord)
        return first.record_id if is_run else f"{first.record_id}-{first.record.kind}"

    def _already(
        self, item: Admitted, tip: Tip, waiting_ids: Callable[[], Collection[str]]
    ) -> Receipt | None:
        there = self._view.find(tip.commit.tree, item.path)
        if there == item.oid:
            return self._found(item.record_id, item.path)
        if there is not None:
            raise _duplicate(item, "on the ledger with other content")
        run_id = self._earlier_run(item.record)
        if run_id is None:
            return None
        path = record_path("run", run_id)
        if self._view.find(tip.commit.tree, path) is not None:
            return self._found(run_id, path)
        if run_id in waiting_ids():
            return Receipt(run_id, None, None, RecordState.SPOOLED)
        return None

    def _earlier_run(self, record: Record) -> str | None:
        """The run of the same session or turn, delivered before under another id (2.4)."""
        if not isinstance(record, RunRecord) or record.source is None:
            return None
        source = record.source
        run_id = self._sources.find(source.system, source.session_id, source.turn_id)
        return None if run_id == record.run_id else run_id

    def _found(self, record_id: str, path: str) -> Receipt:
        oid, height = self._place(path) or (None, None)
        return Receipt(record_id, oid, height, RecordState.ALREADY_RECORDED)


def _able(
    found: Sequence[SpooledRecord], authority: Authority
) -> dict[bytes, tuple[SignerRule, str]]:
    """Content -> signer and file, of what waits for a key that the policy still lets sign."""
    able = {}
    for there in found:
        signer = find_signer(authority.policy, there.fingerprint)
        if signer is not None and signer.revoked is None:
            able[there.content] = (signer, there.name)
    return able


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
