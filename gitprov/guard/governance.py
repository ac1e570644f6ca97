"""Policy, keys, tombstones and enactments rest on k owners' approvals (6.2, step V12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitprov.errors import Code
from gitprov.guard.authority import owner_of
from gitprov.guard.policy_rules import Certificates, is_usable_owner_key
from gitprov.model.finding import Finding, error
from gitprov.model.governance import Approval, Enactment, Proposal
from gitprov.model.ids import policy_path
from gitprov.model.plan import PolicyChange, WithdrawRange
from gitprov.model.policy import Policy
from gitprov.model.times import time_ms

_EFFECT_KINDS = frozenset({"policy", "key", "tombstone"})
APPROVALS_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class EntryContext:
    """Where a governance act happens.

    Args:
        certificates: what counts as "alive" (a renewing key: the certificate it brings).
        signer: the entry's signer, primary fingerprint.
        seconds: the entry's Unix seconds.
        height: the entry's height.
        now: the judge's clock where the entry is being let in, so that an enactment cannot be
            dated back before its proposal's expiry (V7).
    """

    ledger_id: str
    policy: Policy
    certificates: Certificates
    signer: str
    seconds: int
    height: int
    now: int | None = None


def check_owner_signed(
    place: EntryContext, kind: str, actor_kind: str | None, path: str
) -> list[Finding]:
    """Judge that an owner, as a human, signed a record of a governance kind."""
    findings = []
    if actor_kind not in {None, "HUMAN"}:
        findings.append(error(Code.QUORUM, f"a {kind} is a human's act, not {actor_kind}'s", path))
    if kind != "proposal" and owner_of(place.policy, place.signer) is None:
        findings.append(error(Code.QUORUM, f"a {kind} needs an owner's signature", path))
    return findings


def check_proposal(
    proposal: Proposal, place: EntryContext, plan_digest: str, path: str
) -> list[Finding]:
    """Judge a proposal against the policy it was made under.

    Args:
        proposal: the record.
        place: where it is added.
        plan_digest: the digest of its plan as computed by the judge.
    """
    findings = []
    if proposal.base_policy != place.policy.version:
        text = f"it is based on policy {proposal.base_policy}, in force is {place.policy.version}"
        findings.append(error(Code.QUORUM, text, path))
    if proposal.plan_digest != plan_digest:
        findings.append(error(Code.QUORUM, f"the digest of its plan is {plan_digest}", path))
    return findings


def check_approval(
    approval: Approval, proposal: Proposal | None, place: EntryContext, path: str
) -> list[Finding]:
    """Judge one approval at the entry that adds it."""
    if proposal is None:
        return [error(Code.LINK, f"there is no proposal {approval.proposal_id}", path)]
    reasons = []
    if approval.approver != place.signer:
        reasons.append("its approver is not the key that signed the entry")
    if approval.plan_digest != proposal.plan_digest:
        reasons.append("it approves another plan")
    if proposal.base_policy != place.policy.version:
        reasons.append("the policy has changed since the proposal")
    if approval.approval_id[:13] != proposal.proposal_id[:13]:
        reasons.append("its id does not carry the proposal's time")
    if place.seconds * 1000 > time_ms(proposal.expires_at):
        reasons.append(f"the proposal expired at {proposal.expires_at}")
    return [error(Code.QUORUM, reason, path) for reason in reasons]


def count_approvals(proposal: Proposal, approvals: Sequence[Approval], place: EntryContext) -> int:
    """Count the persons, not keys, whose approval of exactly this plan holds now."""
    yes: set[str] = set()
    no: set[str] = set()
    for approval in approvals:
        person = owner_of(place.policy, approval.approver)
        if person is None or approval.proposal_id != proposal.proposal_id:
            continue
        if approval.decision == "REJECT":
            no.add(person)
            continue
        usable = is_usable_owner_key(
            place.policy, place.certificates, approval.approver, place.seconds
        )
        if usable and approval.plan_digest == proposal.plan_digest:
            yes.add(person)
    return len(yes - no)


def check_enactment(
    enactment: Enactment,
    proposal: Proposal | None,
    approvals: Sequence[Approval],
    place: EntryContext,
    path: str,
) -> list[Finding]:
    """Judge whether an enactment rests on its proposal and enough approvals.

    Args:
        enactment: the record.
        proposal: the proposal of the same id, from the first parent's tree or this entry.
        approvals: every approval of it, from the same two places.
        place: where it is added.
    """
    if proposal is None:
        return [error(Code.QUORUM, f"there is no proposal {enactment.enactment_id}", path)]
    reasons = []
    if enactment.plan_digest != proposal.plan_digest:
        reasons.append("it enacts another plan than the proposal's")
    if proposal.base_policy != place.policy.version:
        text = f"the proposal rests on policy {proposal.base_policy}"
        reasons.append(f"{text}, in force is {place.policy.version}")
    if max(place.seconds, place.now or 0) * 1000 > time_ms(proposal.expires_at):
        reasons.append(f"the proposal expired at {proposal.expires_at}")
    count = count_approvals(proposal, approvals, place)
    if count < place.policy.owners.threshold:
        reasons.append(f"{count} owners approve, {place.policy.owners.threshold} must")
    plan = proposal.plan
    if isinstance(plan, WithdrawRange) and plan.to_height > place.height:
        text = f"it withdraws up to height {plan.to_height}"
        reasons.append(f"{text}, beyond its own {place.height}")
    return [error(Code.QUORUM, reason, path) for reason in reasons]


@dataclass(frozen=True, slots=True)
class GovernanceFile:
    """One added file as the effect check sees it: path, kind, id and ``sha256:`` digest."""

    path: str
    kind: str
    name: str
    digest: str


def check_effect(
    files: Sequence[GovernanceFile],
    enactment_id: str,
    proposal: Proposal,
    approval_ids: frozenset[str],
) -> list[Finding]:
    """Judge that an enacting entry holds exactly the effect of its plan (6.2).

    Args:
        files: every file the entry adds.
        enactment_id: the enactment's id, which is the proposal's.
        approval_ids: ids of the approvals of that proposal that this entry adds.
    """
    findings = []
    planned = planned_files(proposal)
    for file in files:
        if file.kind in {"policy", "key"}:
            if planned.pop(file.path, None) != file.digest:
                findings.append(error(Code.QUORUM, "it is not what was approved", file.path))
        elif file.kind == "tombstone":
            if not planned_tombstone(proposal) or file.name != enactment_id:
                findings.append(error(Code.QUORUM, "no tombstone was approved", file.path))
        elif not _belongs(file, enactment_id, approval_ids):
            text = "it does not belong to the enactment in the same entry"
            findings.append(error(Code.TREE_FORM, text, file.path))
    findings += [error(Code.QUORUM, "approved, but missing here", path) for path in planned]
    if planned_tombstone(proposal) and not any(f.kind == "tombstone" for f in files):
        findings.append(error(Code.QUORUM, f"{proposal.action} leaves no tombstone"))
    return findings


def _belongs(file: GovernanceFile, enactment_id: str, approval_ids: frozenset[str]) -> bool:
    if file.kind in {"proposal", "enactment"}:
        return file.name == enactment_id
    return file.kind == "approval" and file.name in approval_ids


def planned_files(proposal: Proposal) -> dict[str, str]:
    """Path and digest of every policy and certificate file that a plan brings."""
    plan = proposal.plan
    if not isinstance(plan, PolicyChange):
        return {}
    files = dict(plan.keys)
    if plan.policy_version is not None and plan.policy_digest is not None:
        files[policy_path(plan.policy_version)] = plan.policy_digest
    return files


def planned_tombstone(proposal: Proposal) -> bool:
    """Whether enacting the plan leaves a tombstone."""
    return proposal.action in {"expunge", "retention"}


def check_no_effect(files: Sequence[GovernanceFile]) -> list[Finding]:
    """Judge an entry without an enactment: it may carry no effect of one."""
    return [
        error(Code.QUORUM, f"a {file.kind} file without its enactment", file.path)
        for file in files
        if file.kind in _EFFECT_KINDS
    ]
