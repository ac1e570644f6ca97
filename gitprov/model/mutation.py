"""Who changes something, and in which job: the mutation of every record (2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Choice, Model
from gitprov.model.text import Line, ResourceId, Uuid, refuse
from gitprov.model.times import Time


class ActorKind(StrEnum):
    """Who acts; there is no default."""

    HUMAN = "HUMAN"
    AI = "AI"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class WriteActor:
    """Who asks to write, as it was said; the guard judges it.

    Args:
        kind: an ActorKind by name.
        actor_id: the person, model or service.
    """

    kind: object
    actor_id: object = None


class Mutation(Model):
    """The traceability anchor of one write.

    An AI names job and workflow. The guard judges that first (HSK-403-SILENT-EDIT); here it is
    a rule of the schema, so that no value of this class breaks it.
    """

    actor_kind: Choice[ActorKind] = Field(description="who acts; there is no default")
    actor_id: Line | None = Field(default=None, description="the person, model or service")
    job_id: Uuid | None = Field(default=None, description="the job; required for AI")
    workflow_id: Uuid | None = Field(default=None, description="the workflow; required for AI")
    edit_event_id: Uuid = Field(description="fresh for each accepted write")
    resource_id: ResourceId = Field(description="kind and id of this record")

    @model_validator(mode="after")
    def _require_ai_context(self) -> Self:
        if self.actor_kind is ActorKind.AI:
            for field in ("job_id", "workflow_id"):
                if getattr(self, field) is None:
                    raise refuse("is missing: an AI names its job and its workflow", field)
        return self


class MutationMetadata(Mutation):
    """What the guard answers to an accepted write, and what is stored with it.

    In a record ``timestamp`` is ``recorded_at``, unless the draft says that.
    """

    timestamp: Time = Field(description="when the guard accepted the write")

    @property
    def mutation(self) -> Mutation:
        """The mutation that the record holds."""
        fields = self.to_mapping()
        del fields["timestamp"]
        return Mutation.model_validate(fields)
