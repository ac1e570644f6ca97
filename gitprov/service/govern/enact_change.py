"""Enacts a change of policy or keys: proposal, approval, enactment and effect in one entry.

That is what one owner may do alone where the policy asks for one (6.2). Everything the verifier
would say about the governance of the entry is asked before a key is used; the entry as a whole
is judged again by `EntryAppender`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitprov.codec.chain import sha256_hex
from gitprov.codec.records import to_bytes
from gitprov.errors import Code, RecordError, RefMovedError, RefusedError
from gitprov.gitraw.item import object_id
from gitprov.guard.governance import EntryContext
from gitprov.guard.mutation import StorageGuard
from gitprov.guard.secrets import check_secrets
from gitprov.model.action import Action
from gitprov.model.finding import Finding, by_precedence
from gitprov.model.governance import Proposal
from gitprov.model.ids import parse_path, policy_path, record_path
from gitprov.model.kinds import Document, Record
from gitprov.model.policy import Policy, SignerRule
from gitprov.service.govern.governance_records import GovernanceRecords
from gitprov.service.judge.files import JudgedFile
from gitprov.service.judge.governance import GovernanceJudge
from gitprov.service.judge.permission import check_rights
from gitprov.service.judge.require_good import require_good
from gitprov.service.ledger.overlay import Overlay
from gitprov.service.ledger.tip import Tip, read_tip, require_tip
from gitprov.service.ledger.view import Authority, Certificate, LedgerView
from gitprov.service.ports.clock import Ids
from gitprov.service.ports.writing import WriterLock
from gitprov.service.write.admission import admit
from gitprov.service.write.append_entry import AppendedEntry, AppendPorts, EntryAppender, NewFile
from gitprov.service.write.audit_trail import AuditTrail
from gitprov.service.write.signing_key import SigningKeys, choose_owner

_RACES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A change of policy or keys, on top of one tip.

    Args:
        reason: why, for the proposal.
        key: fingerprint of the key that it is about.
        policy: the next policy, None if it stays.
        certificates: path -> certificate file.
        renewed: key -> the certificate that this entry brings for it; its own renewal may be
            signed with that (V5).
    """

    reason: str
    key: str
    policy: Policy | None = None
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    renewed: Mapping[str, Certificate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enacted:
    """A change that was enacted, or would be.

    Args:
        change: the change.
        proposal: the proposal that was enacted.
        signer: the owner's key that signed.
        entry: the entry; None in a dry run.
    """

    change: Change
    proposal: Proposal
    signer: SignerRule
    entry: AppendedEntry | None


@dataclass(frozen=True, slots=True)
class EnactPorts:
    """The ports of enacting."""

    append: AppendPorts
    view: LedgerView
    lock: WriterLock
    audit: AuditTrail
    ids: Ids
    guard: StorageGuard
    keys: SigningKeys


@dataclass(frozen=True, slots=True)
class _Act:
    """An entry about to be made."""

    tip: Tip
    before: Authority
    signer: SignerRule
    now_ms: int
    policy: Policy | None
    files: Sequence[JudgedFile]
    contents: Mapping[str, bytes]


class Enactor:
    """Makes a change in one entry, for a policy that asks for one owner.

    Args:
        patience: seconds to wait for the writer lock.
    """

    def __init__(self, ports: EnactPorts, ref: str, patience: float = 10.0) -> None:
        self._ports = ports
        self._ref = ref
        self._patience = patience
        self._appender = EntryAppender(ports.append, ports.view, ref)

    def enact(self, plan: Callable[[Tip, Authority], Change], *, dry_run: bool = False) -> Enacted:
        """Judge a change and append it.

        Args:
            plan: makes the change from tip and authority; called again after a lost race.
            dry_run: judge it, sign and write nothing.

        Raises:
            RefusedError: GPV-403-QUORUM, several owners have to agree or no owner's key is at
                hand; GPV-422-POLICY and what else the verifier would say.
            UsageError: GPV-404-NO-LEDGER.
            SignatureError, SignatureUnknownError: the owner's key cannot sign.
            RefMovedError: GPV-409-STALE, others kept appending.
            StorageError: GPV-507-STORAGE, GPV-503-BUSY.
        """
        try:
            if dry_run:
                return self._attempt(plan, dry_run=True)
            with self._ports.lock.hold(self._patience):
                return self._until_it_lands(plan)
        except (RefusedError, RecordError) as reason:
            self._ports.audit.refused(reason, actor="HUMAN")
            raise

    def _until_it_lands(self, plan: Callable[[Tip, Authority], Change]) -> Enacted:
        for _ in range(_RACES):
            try:
                return self._attempt(plan, dry_run=False)
            except RefMovedError:
                # A plain git fetch or another tool moved the ref: read it again.
                continue
        return self._attempt(plan, dry_run=False)

    def _attempt(self, plan: Callable[[Tip, Authority], Change], *, dry_run: bool) -> Enacted:
        tip = read_tip(self._ports.view, require_tip(self._ports.append.refs, self._ref))
        before = self._ports.view.authority(tip.commit.tree)
        _require_single_owner(before.policy)
        change = plan(tip, before)
        now_ms = max(self._ports.append.clock.now_ms(), tip.commit.seconds * 1000)
        signer = choose_owner(self._ports.keys, before, now_ms // 1000, change.renewed)
        proposal, records = self._records(before.policy, change, signer, now_ms)
        contents = _contents(change, records)
        files = [_judged(path, *each) for path, each in contents.items()]
        held = {path: content for path, (content, _) in contents.items()}
        act = _Act(tip, before, signer, now_ms, change.policy, files, held)
        self._require_good(act, records)
        entry = None if dry_run else self._append(act, proposal)
        return Enacted(change, proposal, signer, entry)

    def _records(
        self, policy: Policy, change: Change, signer: SignerRule, now_ms: int
    ) -> tuple[Proposal, list[Record]]:
        make = GovernanceRecords(self._ports.ids, self._ports.guard, now_ms, signer.name)
        proposal = make.proposal(policy, Action.POLICY_CHANGE, _plan(change), change.reason)
        approval = make.approval(proposal, signer.key)
        return proposal, [proposal, approval, make.enactment(proposal)]

    def _require_good(self, act: _Act, records: Sequence[Record]) -> None:
        """Judge what the entry would hold (V2, V9 to V12), before anything is signed."""
        findings: list[Finding] = []
        for record in records:
            path = admit(record, self._ports.append.records).path
            size = len(act.contents[path])
            findings += check_rights(record, size, path, act.signer, act.before.policy, _no_agent)
        if act.policy is not None:
            findings += check_secrets(act.policy.to_mapping(), policy_path(act.policy.version))
        overlay = Overlay(self._ports.append.reader)
        blobs = {path: overlay.add("blob", content) for path, content in act.contents.items()}
        root, trees = self._ports.append.trees.insert_files(act.tip.commit.tree, blobs)
        for tree in trees:
            overlay.add("tree", tree)
        place = EntryContext(
            ledger_id=act.before.policy.ledger_id,
            policy=act.before.policy,
            certificates=act.before.facts,
            signer=act.signer.key,
            seconds=act.now_ms // 1000,
            height=act.tip.claims.height + 1,
            now=act.now_ms // 1000,
        )
        view = self._ports.view.over(overlay)
        findings += GovernanceJudge(view, root, act.before, place).judge(act.files)
        require_good(by_precedence(findings))

    def _append(self, act: _Act, proposal: Proposal) -> AppendedEntry:
        files = [NewFile(f.path, act.contents[f.path], f.facts()) for f in act.files]
        number = act.before.policy.version
        entry = self._appender.append(act.tip, number, act.signer, files)
        signer, record_id = act.signer, proposal.proposal_id
        self._ports.audit.enacted(signer.key, act.tip.oid, entry.oid, record_id, signer.name)
        for finding in entry.findings:
            self._ports.audit.read_back_failed(finding.code, finding.message, entry.oid)
        return entry


def _require_single_owner(policy: Policy) -> None:
    needed = policy.owners.threshold
    if needed > 1:
        text = f"the policy asks for the approval of {needed} owners"
        missing = "the commands that collect the approvals of several are not there yet"
        raise RefusedError(Code.QUORUM, f"{text}; {missing} (gitprov proposals, approve, enact)")


def _plan(change: Change) -> dict[str, Any]:
    keys = {path: _digest(content) for path, content in change.certificates.items()}
    if change.policy is None:
        return {"keys": dict(sorted(keys.items()))}
    return {
        "policy_version": change.policy.version,
        "policy_digest": _digest(to_bytes(change.policy)),
        "keys": dict(sorted(keys.items())),
    }


def _contents(
    change: Change, records: Sequence[Record]
) -> dict[str, tuple[bytes, Document | None]]:
    contents: dict[str, tuple[bytes, Document | None]] = {
        path: (content, None) for path, content in change.certificates.items()
    }
    if change.policy is not None:
        contents[policy_path(change.policy.version)] = (to_bytes(change.policy), change.policy)
    for record in records:
        contents[record_path(record.kind, record.record_id)] = (to_bytes(record), record)
    return contents


def _judged(path: str, content: bytes, document: Document | None) -> JudgedFile:
    kind, name = parse_path(path) or ("", "")
    oid = object_id("blob", content)
    return JudgedFile(path, oid, kind, name, sha256_hex(content), len(content), document)


def _digest(content: bytes) -> str:
    return f"sha256:{sha256_hex(content)}"


def _no_agent(_run_id: str) -> None:
    """Governance amends no run."""
