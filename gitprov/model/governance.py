"""Proposal, approval, enactment, tombstone: how owners decide (6.2).

That these need actor kind HUMAN, an owner's signature and a quorum is judged by the guard; here
is only their shape.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from gitprov.model.action import Action
from gitprov.model.frozen import Choice, PolicyNumber, TextMap
from gitprov.model.mutation import Mutation
from gitprov.model.plan import PLANS, ArtifactRemoval, Plan
from gitprov.model.record import Record, require_identity, require_resource
from gitprov.model.text import Digest, Fingerprint, Text, Uuid7, refuse
from gitprov.model.times import Time


class Decision(StrEnum):
    """An owner's answer to a proposal."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class Proposal(Record):
    """A proposal for the owners to decide, bound to a policy and an expiry."""

    ID_FIELD: ClassVar[str] = "proposal_id"

    schema_version: Literal["v1.0"]
    kind: Literal["proposal"]
    proposal_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    action: Choice[Action]
    base_policy: PolicyNumber
    plan: Plan
    plan_digest: Digest
    reason: Text
    expires_at: Time
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_identity("proposal", self.proposal_id, self.recorded_at, self.mutation)
        if not isinstance(self.plan, PLANS[self.action]):
            raise refuse(f"is not the plan of {self.action}", "plan")
        return self

    @property
    def removed_artifacts(self) -> tuple[str, ...]:
        """The payloads that it wants deleted; empty if it wants something else."""
        return self.plan.artifacts if isinstance(self.plan, ArtifactRemoval) else ()


class Approval(Record):
    """One owner's decision on the exact plan.

    That its id has the proposal's time, so that both are in one folder, is judged where the
    proposal is known.
    """

    ID_FIELD: ClassVar[str] = "approval_id"

    schema_version: Literal["v1.0"]
    kind: Literal["approval"]
    approval_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    proposal_id: Uuid7
    plan_digest: Digest
    approver: Fingerprint
    decision: Choice[Decision]
    comment: Text | None = None
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("approval", self.approval_id, self.mutation)
        return self


class Enactment(Record):
    """The act itself; its id is the proposal's, so that it happens once."""

    ID_FIELD: ClassVar[str] = "enactment_id"

    schema_version: Literal["v1.0"]
    kind: Literal["enactment"]
    enactment_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    plan_digest: Digest
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("enactment", self.enactment_id, self.mutation)
        return self


class Tombstone(Record):
    """The trace of expunged payloads; its id is the proposal's."""

    ID_FIELD: ClassVar[str] = "tombstone_id"

    schema_version: Literal["v1.0"]
    kind: Literal["tombstone"]
    tombstone_id: Uuid7
    recorded_at: Time
    mutation: Mutation
    reason: Text
    extensions: TextMap | None = None

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("tombstone", self.tombstone_id, self.mutation)
        return self
