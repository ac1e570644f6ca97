"""Sorts the records of entries that cannot land: which may be appended again, and by whom (7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gitprov.codec.commit import parse_commit, read_links
from gitprov.errors import GitprovError
from gitprov.guard.merge import BRANCH_KINDS
from gitprov.model.ids import parse_path
from gitprov.model.policy import SignerRule
from gitprov.model.reappended import LeftBehind
from gitprov.model.run import RunRecord
from gitprov.service.judge.files import RecordJudge, check_recorded_at
from gitprov.service.judge.signature import judge_signature
from gitprov.service.judge.stages import finish
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.tree_changes import TreeComparison
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.write.admission import Admitted, admit_bytes, run_lookup
from gitprov.service.write.signing_key import SigningKeys, choose_signer


@dataclass(slots=True)
class Collected:
    """The records of entries, sorted by what can become of them.

    Args:
        batches: (key that will sign, records in canonical bytes), in the order of the entries.
        known: how many records the remote has already.
        left: what cannot be appended again by us, and why.
        amending: keys whose batches hold amendments.
    """

    batches: list[tuple[str, list[bytes]]] = field(default_factory=list)
    known: int = 0
    left: list[LeftBehind] = field(default_factory=list)
    amending: set[str] = field(default_factory=set)


class RecordCollector:
    """Goes through our entries that the remote has not.

    Args:
        engine: checks who signed the old entries.
        target: the remote's tip.
        now_ms: the clock.
    """

    def __init__(
        self,
        view: LedgerView,
        engine: SignatureEngine,
        keys: SigningKeys,
        target: str,
        now_ms: int,
    ) -> None:
        self._view = view
        self._engine = engine
        self._keys = keys
        self._target: Tip = read_tip(view, target)
        self._authority = view.authority(self._target.commit.tree)
        self._now_ms = now_ms
        self._records = RecordJudge()
        self._at_hand = frozenset(keys.in_keyring())
        self._signers: dict[str, SignerRule | GitprovError] = {}
        self._runs: dict[str, RunRecord] = {}
        self._run_there = run_lookup(view, self._target.commit.tree, ())
        self.collected = Collected()

    def collect(self, oids: Iterable[str]) -> Collected:
        """Sort the records of these entries, parents first.

        Raises:
            StorageError, RecordError: an entry cannot be read.
        """
        for oid in oids:
            self._entry(oid)
        return self.collected

    def _entry(self, oid: str) -> None:
        commit = parse_commit(self._view.commit(oid))
        trees = [read_links(self._view.commit(parent))[0] or "" for parent in commit.parents]
        authority = self._view.authority(trees[0] if trees else commit.tree)
        signed = finish(judge_signature(self._view, commit, authority, self._engine))
        is_ours = not signed.findings and signed.signer is not None
        is_ours = is_ours and signed.signer is not None and signed.signer.key in self._at_hand
        batches: dict[str, list[bytes]] = {}
        for file in TreeComparison(self._view).compare(commit.tree, trees).added:
            if not is_ours:
                who = commit.name if signed.signer is None else signed.signer.name
                reason = f"it was signed by {who!r}, who has to append it again"
                self.collected.left.append(LeftBehind(file.path, oid, reason))
                continue
            found = self._file(file.path, file.oid)
            if isinstance(found, str):
                self.collected.left.append(LeftBehind(file.path, oid, found))
            elif found is not None:
                batches.setdefault(found[0], []).append(found[1])
        self.collected.batches += batches.items()

    def _file(self, path: str, oid: str) -> tuple[str, bytes] | str | None:
        """Return (key, bytes) of a record to append; why not; None if the remote has it."""
        parsed = parse_path(path)
        kind, record_id = parsed if parsed is not None else ("file", path)
        if kind not in BRANCH_KINDS:
            return f"a {kind} is made on the remote's ledger itself; do it there again"
        there = self._view.find(self._target.commit.tree, path)
        if there == oid:
            self.collected.known += 1
            return None
        if there is not None:
            return "the remote has a record of that id with other content"
        item = admit_bytes(self._view.blob(oid), kind, record_id, self._records)
        if check_recorded_at(item.record, path, self._now_ms // 1000):
            return f"it was recorded at {item.record.recorded_at}, which is in the future"
        return self._rights(item)

    def _rights(self, item: Admitted) -> tuple[str, bytes] | str:
        signer = self._signer(str(item.record.mutation.actor_kind))
        if isinstance(signer, GitprovError):
            return signer.message
        findings = item.check_rights(signer, self._authority, self._run_of)
        if findings:
            return findings[0].message
        if isinstance(item.record, RunRecord):
            self._runs[item.record_id] = item.record
        if item.record.kind == "amendment":
            self.collected.amending.add(signer.key)
        return signer.key, item.content

    def _run_of(self, run_id: str) -> RunRecord | None:
        return self._runs.get(run_id) or self._run_there(run_id)

    def _signer(self, actor_kind: str) -> SignerRule | GitprovError:
        if actor_kind not in self._signers:
            now = self._now_ms // 1000
            try:
                found = choose_signer(self._keys, self._authority, actor_kind, now)
                self._signers[actor_kind] = found
            except GitprovError as reason:
                self._signers[actor_kind] = reason
        return self._signers[actor_kind]
