"""Makes proposals, approvals and enactments: the records by which owners decide (6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from gitprov.codec.plan import plan_digest
from gitprov.codec.records import build
from gitprov.guard.mutation import StorageGuard
from gitprov.model.action import Action
from gitprov.model.governance import Approval, Decision, Enactment, Proposal
from gitprov.model.ids import uuid7_ms
from gitprov.model.mutation import ActorKind, WriteActor
from gitprov.model.policy import Policy
from gitprov.model.record import Record
from gitprov.model.times import DAY_MS, format_time
from gitprov.service.ports.clock import Ids

PROPOSAL_DAYS = 7
"""How long owners may take to decide."""

_R = TypeVar("_R", bound=Record)


class GovernanceRecords:
    """Makes the records of one act at one moment.

    Args:
        ids: makes fresh identifiers.
        guard: makes the mutation of each record.
        now_ms: the moment, milliseconds since 1970.
        actor: who acts, by name.
    """

    def __init__(self, ids: Ids, guard: StorageGuard, now_ms: int, actor: str) -> None:
        self._ids = ids
        self._guard = guard
        self._now_ms = now_ms
        self._actor = actor

    def proposal(
        self, policy: Policy, action: Action, plan: Mapping[str, Any], reason: str
    ) -> Proposal:
        """Propose a plan under the policy in force.

        Raises:
            RecordError: GPV-422-SCHEMA; the plan or the reason is none.
        """
        fields = {
            "action": str(action),
            "base_policy": policy.version,
            "plan": dict(plan),
            "plan_digest": plan_digest(policy.ledger_id, action, policy.version, plan),
            "reason": reason,
            "expires_at": format_time(self._now_ms + PROPOSAL_DAYS * DAY_MS),
        }
        return self._make(Proposal, self._ids.uuid7(self._now_ms), fields)

    def approval(
        self, proposal: Proposal, approver: str, decision: Decision = Decision.APPROVE
    ) -> Approval:
        """Decide on a proposal with one key; the id carries the proposal's time.

        Args:
            proposal: the proposal.
            approver: fingerprint of the key that signs the entry.
            decision: yes or no.
        """
        fields = {
            "proposal_id": proposal.proposal_id,
            "plan_digest": proposal.plan_digest,
            "approver": approver,
            "decision": str(decision),
        }
        return self._make(Approval, self._ids.uuid7(uuid7_ms(proposal.proposal_id)), fields)

    def enactment(self, proposal: Proposal) -> Enactment:
        """Enact a proposal; the id is the proposal's, so that it happens once."""
        fields = {"plan_digest": proposal.plan_digest}
        return self._make(Enactment, proposal.proposal_id, fields)

    def _make(self, model: type[_R], record_id: str, fields: Mapping[str, Any]) -> _R:
        kind = model.ID_FIELD.removesuffix("_id")
        actor = WriteActor(ActorKind.HUMAN, self._actor)
        metadata = self._guard.validate_write(actor, f"{kind}:{record_id}")
        mapping = {
            "schema_version": "v1.0",
            "kind": kind,
            model.ID_FIELD: record_id,
            "recorded_at": format_time(self._now_ms),
            "mutation": metadata.mutation.to_mapping(),
            **fields,
        }
        return cast("_R", build(mapping, kind))
