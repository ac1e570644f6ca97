"""Plans: what a proposal wants to do, exactly, by action (6.2)."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Discriminator, Field, StrictBool, Tag, model_validator

from gitprov.model.action import Action
from gitprov.model.frozen import Count, FrozenDict, Many, Model, PolicyNumber
from gitprov.model.ids import parse_path
from gitprov.model.text import Digest, LabelKey, Line, Text, Uuid7, refuse
from gitprov.model.times import Time


def _certificate_paths(keys: dict[str, str]) -> FrozenDict[str, str]:
    for path in keys:
        parsed = parse_path(path)
        if parsed is None or parsed[0] != "key":
            raise refuse("is not the path of a certificate, keys/<FINGERPRINT>/NNNN.asc", path)
    return FrozenDict(sorted(keys.items()))


def _sorted_digests(digests: tuple[str, ...]) -> tuple[str, ...]:
    for number in range(1, len(digests)):
        if digests[number - 1] >= digests[number]:
            raise refuse("is out of order or appears twice; sort, each once", str(number))
    return digests


class PolicyChange(Model):
    """A new policy, new certificates, or both."""

    policy_version: PolicyNumber | None = Field(
        default=None, description="the number of the new policy"
    )
    policy_digest: Digest | None = Field(default=None, description="the digest of its file")
    keys: Annotated[dict[str, Digest], AfterValidator(_certificate_paths)] = Field(
        description="the digest of each new certificate file by its path"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        if (self.policy_version is None) != (self.policy_digest is None):
            raise refuse("and policy_version go together", "policy_digest")
        if self.policy_version is None and not self.keys:
            raise refuse("is empty and there is no policy: the plan changes nothing", "keys")
        return self


class ArtifactRemoval(Model):
    """The payloads that an expunge or a retention run deletes."""

    artifacts: Annotated[Many[Digest], Field(min_length=1), AfterValidator(_sorted_digests)] = (
        Field(description="digests of the payloads, sorted, each once")
    )


class WithdrawRange(Model):
    """Acceptance heights, both ends included, that count as withdrawn."""

    from_height: Count = Field(description="the first acceptance height")
    to_height: Count = Field(description="the last acceptance height")

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.from_height > self.to_height:
            raise refuse(f"is below from_height {self.from_height}", "to_height")
        return self


class HoldScope(Model):
    """The scope of a legal hold."""

    run_id: Uuid7 | None = Field(default=None, description="one run")
    label_key: LabelKey | None = Field(default=None, description="the key of a label")
    label_value: Text | None = Field(default=None, description="the value of a label")
    from_time: Time | None = Field(
        default=None, alias="from", description="the begin of a time range"
    )
    to_time: Time | None = Field(default=None, alias="to", description="the end of a time range")

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        if not self.to_mapping():
            raise refuse("is empty: name a run, a label or a time")
        if self.from_time and self.to_time and self.from_time > self.to_time:
            raise refuse(f"is before from {self.from_time}", "to")
        return self


class LegalHold(Model):
    """A hold on what is in scope, or its release."""

    scope: HoldScope = Field(description="what is held")
    release: StrictBool = Field(description="whether the hold ends")


class Migration(Model):
    """A schema migration of an application's database, under the owners' lock."""

    store: Line = Field(description="the kind of the database")
    from_version: Line = Field(alias="from", description="the schema before")
    to_version: Line = Field(alias="to", description="the schema after")
    scripts: Annotated[Many[Digest], Field(min_length=1)] = Field(
        description="digests of the scripts, in the order in which they run"
    )

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if self.from_version == self.to_version:
            raise refuse("is the schema that is there: the plan changes nothing", "to")
        return self


def _shape(plan: object) -> Action:
    """Tell by its keys which plan a mapping wants to be."""
    if isinstance(plan, Model):
        return next(action for action, model in PLANS.items() if isinstance(plan, model))
    keys = plan.keys() if isinstance(plan, dict) else ()
    if "artifacts" in keys:
        return Action.EXPUNGE
    if "from_height" in keys or "to_height" in keys:
        return Action.WITHDRAW_RANGE
    if "scripts" in keys or "store" in keys:
        return Action.MIGRATION
    return Action.LEGAL_HOLD if "scope" in keys else Action.POLICY_CHANGE


Plan = Annotated[
    Annotated[PolicyChange, Tag(Action.POLICY_CHANGE)]
    | Annotated[ArtifactRemoval, Tag(Action.EXPUNGE)]
    | Annotated[WithdrawRange, Tag(Action.WITHDRAW_RANGE)]
    | Annotated[LegalHold, Tag(Action.LEGAL_HOLD)]
    | Annotated[Migration, Tag(Action.MIGRATION)],
    Discriminator(_shape),
]
"""The plan of a proposal; that it is the one of its action, the proposal checks."""

PLANS: Final[dict[Action, type[Model]]] = {
    Action.POLICY_CHANGE: PolicyChange,
    Action.EXPUNGE: ArtifactRemoval,
    Action.RETENTION: ArtifactRemoval,
    Action.WITHDRAW_RANGE: WithdrawRange,
    Action.LEGAL_HOLD: LegalHold,
    Action.MIGRATION: Migration,
}
"""The shape of the plan of each action."""
