"""Proposal, approval, enactment, tombstone: how owners decide (6.2).

That these need actor kind HUMAN, an owner's signature and a quorum is judged by the guard; here
is only their shape.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

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

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["proposal"] = Field(description="the kind of document")
    proposal_id: Uuid7 = Field(description="the record's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    action: Choice[Action] = Field(description="what is proposed")
    base_policy: PolicyNumber = Field(description="the number of the policy in force")
    plan: Plan = Field(description="what exactly is to be done")
    plan_digest: Digest = Field(
        description="SHA-256 of the canonical ledger_id, action, base_policy and plan"
    )
    reason: Text = Field(description="why")
    expires_at: Time = Field(description="after this time it cannot be enacted")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

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

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["approval"] = Field(description="the kind of document")
    approval_id: Uuid7 = Field(description="the record's id, with the time of the proposal's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    proposal_id: Uuid7 = Field(description="the proposal")
    plan_digest: Digest = Field(
        description="SHA-256 of the canonical ledger_id, action, base_policy and plan"
    )
    approver: Fingerprint = Field(description="the owner's key that signs the entry")
    decision: Choice[Decision] = Field(description="the answer")
    comment: Text | None = Field(default=None, description="anything to add")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("approval", self.approval_id, self.mutation)
        return self


class Enactment(Record):
    """The act itself; its id is the proposal's, so that it happens once."""

    ID_FIELD: ClassVar[str] = "enactment_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["enactment"] = Field(description="the kind of document")
    enactment_id: Uuid7 = Field(description="the proposal's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    plan_digest: Digest = Field(
        description="SHA-256 of the canonical ledger_id, action, base_policy and plan"
    )
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("enactment", self.enactment_id, self.mutation)
        return self


class Tombstone(Record):
    """The trace of expunged payloads; its id is the proposal's."""

    ID_FIELD: ClassVar[str] = "tombstone_id"

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["tombstone"] = Field(description="the kind of document")
    tombstone_id: Uuid7 = Field(description="the proposal's id")
    recorded_at: Time = Field(description="when the record was made; the guard's timestamp")
    mutation: Mutation = Field(description="who caused the write, and in which job")
    reason: Text = Field(description="why")
    extensions: TextMap | None = Field(
        default=None, description="additions that need no new version"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        require_resource("tombstone", self.tombstone_id, self.mutation)
        return self
