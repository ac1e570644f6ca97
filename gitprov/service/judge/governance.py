"""Step V12 for one entry: genesis, policies, certificates, proposals, approvals, enactments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitprov.codec.plan import plan_digest
from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.guard.authority import GOVERNANCE_KINDS, owner_of
from gitprov.guard.governance import (
    APPROVALS_LIMIT,
    EntryContext,
    GovernanceFile,
    check_approval,
    check_effect,
    check_enactment,
    check_no_effect,
    check_owner_signed,
    check_proposal,
)
from gitprov.guard.policy_rules import check_certificate, check_policy, check_succession
from gitprov.model.entry import CertificateFacts
from gitprov.model.finding import UNKNOWN_CODES, Finding, error
from gitprov.model.governance import Approval, Enactment, Proposal
from gitprov.model.ids import key_path, policy_path, record_path
from gitprov.model.ledger import LedgerDocument
from gitprov.model.policy import Policy
from gitprov.service.judge.case import EntryCase
from gitprov.service.judge.files import JudgedFile
from gitprov.service.ledger.view import Authority, Certificate, LedgerView

_GENESIS_PATHS = ("ledger.yaml", policy_path(1))


def judge_governance(
    view: LedgerView, case: EntryCase, signer: str, now: int | None
) -> list[Finding]:
    """Judge the governance of a mainline entry or of the genesis (V12).

    Args:
        signer: who signed it, primary fingerprint.
        now: the judge's clock where the entry is being let in.
    """
    place = EntryContext(
        ledger_id=case.before.policy.ledger_id,
        policy=case.before.policy,
        certificates=case.before.facts,
        signer=signer,
        seconds=case.commit.seconds,
        height=case.place.height or 0,
        now=now,
    )
    if not case.commit.parents:
        return judge_genesis(case.files, case.before, place)
    return GovernanceJudge(view, case.commit.tree, case.before, place).judge(case.files)


def judge_genesis(
    files: Sequence[JudgedFile], authority: Authority, place: EntryContext
) -> list[Finding]:
    """Judge the genesis: ledger.yaml, policy 0001, one certificate per key, by an owner (6.1).

    Args:
        authority: its own policy and certificates.
        place: where it is; the policy is its own.
    """
    findings: list[Finding] = []
    keys = {key_path(signer.key, 1) for signer in authority.policy.signers}
    for file in files:
        if file.kind == "key" and file.path not in keys:
            findings.append(error(Code.POLICY, "the policy does not list this key", file.path))
        elif file.path not in _GENESIS_PATHS and file.kind != "key":
            findings.append(error(Code.TREE_FORM, "it does not belong in a genesis", file.path))
        findings += _judge_genesis_document(file, authority.policy)
        findings += _judge_certificate(file, authority, {})
    if not any(file.kind == "ledger" for file in files):
        findings.append(error(Code.TREE_FORM, "the genesis has no ledger.yaml", "ledger.yaml"))
    findings += check_policy(authority.policy, authority.facts, place.seconds)
    if owner_of(authority.policy, place.signer) is None:
        findings.append(error(Code.QUORUM, "the genesis is not signed by an owner"))
    return findings


def _judge_genesis_document(file: JudgedFile, policy: Policy) -> list[Finding]:
    record = file.record
    if isinstance(record, Policy) and (record.version != 1 or record.previous is not None):
        return [error(Code.POLICY, "the first policy is version 1 and follows none", file.path)]
    if isinstance(record, LedgerDocument) and record.ledger_id != policy.ledger_id:
        return [error(Code.POLICY, "ledger.yaml and the policy name two ledgers", file.path)]
    return []


def _judge_certificate(
    file: JudgedFile, after: Authority, before: Mapping[str, Certificate]
) -> list[Finding]:
    if file.kind != "key":
        return []
    key, _, number = file.name.partition("/")
    mine = after.certificates.get(key)
    if mine is None or mine.number != int(number):
        text = "a newer file of the same key is beside it"
        return [error(Code.POLICY, text, file.path)]
    old = before.get(key)
    newest = None if old is None else (old.number, old.facts)
    findings = check_certificate(file.path, key, int(number), mine.facts, newest)
    if all(signer.key != key for signer in after.policy.signers):
        findings.append(error(Code.POLICY, "the policy does not list this key", file.path))
    return findings


class GovernanceJudge:
    """Judges the governance files of one mainline entry.

    Args:
        tree: the entry's own root tree.
        before: the authority in force.
        place: who signs where and when, under that authority.
    """

    def __init__(self, view: LedgerView, tree: str, before: Authority, place: EntryContext) -> None:
        self._view = view
        self._tree = tree
        self._before = before
        self._place = place

    def judge(self, files: Sequence[JudgedFile]) -> list[Finding]:
        """Judge all of them together (V12)."""
        if not any(file.kind in GOVERNANCE_KINDS for file in files):
            return []
        findings: list[Finding] = []
        for file in files:
            if file.kind in GOVERNANCE_KINDS:
                findings += self._judge_file(file)
        described = [GovernanceFile(f.path, f.kind, f.name, f"sha256:{f.digest}") for f in files]
        enactments = [f for f in files if f.kind == "enactment"]
        if not enactments:
            findings += check_no_effect(described)
        for extra in enactments[1:]:
            findings.append(error(Code.TREE_FORM, "a second enactment in one entry", extra.path))
        if enactments and isinstance(enactments[0].record, Enactment):
            findings += self._judge_enactment(enactments[0].record, files, described)
        return findings

    def _judge_file(self, file: JudgedFile) -> list[Finding]:
        mutation = getattr(file.record, "mutation", None)
        actor_kind = None if mutation is None else str(mutation.actor_kind)
        findings = check_owner_signed(self._place, file.kind, actor_kind, file.path)
        record = file.record
        if isinstance(record, Proposal):
            digest = plan_digest(
                self._place.ledger_id, record.action, record.base_policy, record.plan.to_mapping()
            )
            findings += check_proposal(record, self._place, digest, file.path)
        elif isinstance(record, Approval):
            proposal = self._find_proposal(record.proposal_id)
            findings += check_approval(record, proposal, self._place, file.path)
        return findings

    def _find_proposal(self, proposal_id: str) -> Proposal | None:
        # The entry's own tree holds its first parent's, so one look-up serves both places.
        oid = self._view.find(self._tree, record_path("proposal", proposal_id))
        if oid is None:
            return None
        try:
            record = parse_record(self._view.blob(oid), "proposal")
        except RecordError:
            return None
        return record if isinstance(record, Proposal) else None

    def _find_approvals(self, proposal_id: str) -> list[Approval]:
        folder = record_path("approval", proposal_id).rpartition("/")[0]
        names = self._view.files_in(self._tree, folder)
        same_time = [name for name in names if name[:13] == proposal_id[:13]]
        if len(same_time) > APPROVALS_LIMIT:
            raise RecordError(Code.LIMIT, f"{len(same_time)} approvals of one proposal")
        approvals = []
        for name in same_time:
            try:
                record = parse_record(self._view.blob(names[name]), "approval")
            except RecordError:
                continue
            if isinstance(record, Approval) and record.proposal_id == proposal_id:
                approvals.append(record)
        return approvals

    def _judge_enactment(
        self,
        enactment: Enactment,
        files: Sequence[JudgedFile],
        described: Sequence[GovernanceFile],
    ) -> list[Finding]:
        path = record_path("enactment", enactment.enactment_id)
        proposal = self._find_proposal(enactment.enactment_id)
        after, findings = self._authority_after(files)
        certificates = self._place.certificates if after is None else self._renewed(after)
        place = replace(self._place, certificates=certificates)
        try:
            approvals = self._find_approvals(enactment.enactment_id) if proposal else []
        except RecordError as reason:
            return [error(reason.code, reason.message, path)]
        findings += check_enactment(enactment, proposal, approvals, place, path)
        if proposal is not None:
            own = frozenset(
                f.name
                for f in files
                if isinstance(f.record, Approval) and f.record.proposal_id == enactment.enactment_id
            )
            findings += check_effect(described, enactment.enactment_id, proposal, own)
        if after is not None:
            findings += self._judge_result(after, files)
        return findings

    def _renewed(self, after: Authority) -> dict[str, CertificateFacts]:
        """The certificates in force, the signer's own expired one replaced by its renewal (6.1).

        Nobody else's: a renewal must not revive an approval that an expired key had given.
        """
        facts = dict(self._place.certificates)
        key = self._place.signer
        old, new = facts.get(key), after.certificates.get(key)
        if old is not None and new is not None and not old.signing_keys(self._place.seconds):
            facts[key] = new.facts
        return facts

    def _authority_after(
        self, files: Sequence[JudgedFile]
    ) -> tuple[Authority | None, list[Finding]]:
        if not any(file.kind in {"policy", "key"} for file in files):
            return None, []
        try:
            return self._view.authority(self._tree), []
        except StorageError:
            raise
        except GitprovError as reason:
            code = reason.code if reason.code in UNKNOWN_CODES else Code.POLICY
            return None, [error(code, f"the result cannot govern: {reason.message}")]

    def _judge_result(self, after: Authority, files: Sequence[JudgedFile]) -> list[Finding]:
        findings: list[Finding] = []
        for file in files:
            findings += _judge_certificate(file, after, self._before.certificates)
            if isinstance(file.record, Policy):
                findings += check_succession(
                    self._before.policy, self._before.digest, file.record, int(file.name)
                )
        return findings + check_policy(after.policy, after.facts, self._place.seconds)
