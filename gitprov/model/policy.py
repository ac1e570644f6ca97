"""The policy: who owns the ledger, who may append what, what is kept how long (6.1).

Every rule that needs no certificate is judged here, and any breach refuses the whole policy.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from gitprov.model.frozen import Choice, Count, Many, Model, PolicyNumber
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.mutation import ActorKind
from gitprov.model.text import (
    Digest,
    Email,
    Fingerprint,
    LabelKey,
    Line,
    Name,
    Text,
    Uuid4,
    refuse,
)

MAX_SIGNERS: Final = 1_000
MIN_RECORD_BYTES: Final = 4_096
MAX_RECORD_BYTES: Final = 262_144
MAX_DAYS: Final = 1_000_000

Days = Annotated[int, Field(ge=0, le=MAX_DAYS)]


def _each_once(items: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        if item in seen:
            raise refuse("appears twice", str(number))
        seen.add(item)
    return items


def _known_kind(kind: str) -> str:
    if kind not in RECORD_KINDS:
        raise refuse(f"is not a record kind: one of {', '.join(RECORD_KINDS)}")
    return kind


RecordKind = Annotated[
    str,
    AfterValidator(_known_kind),
    WithJsonSchema({"type": "string", "enum": list(RECORD_KINDS)}),
]


class Person(Model):
    """An owner: one vote, however many keys."""

    name: Line = Field(description="the owner's name")
    keys: Annotated[Many[Fingerprint], Field(min_length=1)] = Field(description="the owner's keys")


class Owners(Model):
    """The HARD LOCK: k of these persons decide."""

    threshold: Annotated[int, Field(ge=1, le=MAX_SIGNERS)] = Field(
        description="how many persons must approve"
    )
    persons: Annotated[Many[Person], Field(min_length=1, max_length=MAX_SIGNERS)] = Field(
        description="the owners"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        names: set[str] = set()
        keys: set[str] = set()
        for number, person in enumerate(self.persons):
            if person.name in names:
                raise refuse("appears twice among the persons", f"persons.{number}.name")
            names.add(person.name)
            for position, key in enumerate(person.keys):
                if key in keys:
                    raise refuse("appears twice among owners", f"persons.{number}.keys.{position}")
                keys.add(key)
        if self.threshold > len(self.persons):
            raise refuse(f"is above the number of persons, {len(self.persons)}", "threshold")
        return self


class Revocation(Model):
    """From which acceptance height on a key's entries are disputed, and why."""

    from_height: Count = Field(description="entries from this acceptance height on are disputed")
    reason: Text = Field(description="why")


class SignerRule(Model):
    """The rights of one key: kinds of records, agents and actor kinds."""

    name: Name = Field(description="the name of author and committer")
    email: Email = Field(description="the email of author and committer")
    key: Fingerprint = Field(description="the fingerprint of the primary key")
    actor_kinds: Annotated[Many[Choice[ActorKind]], AfterValidator(_each_once)] = Field(
        description="for whom the key may write"
    )
    agents: Annotated[Many[Line], AfterValidator(_each_once)] = Field(
        description="globs on the agent name: * any characters, ? one"
    )
    kinds: Annotated[Many[RecordKind], AfterValidator(_each_once)] = Field(
        description="the kinds of record that the key may append"
    )
    revoked: Revocation | None = Field(default=None, description="the key signs nothing any more")

    @property
    def can_approve(self) -> bool:
        """Whether the key may sign approvals as a human."""
        return ActorKind.HUMAN in self.actor_kinds and "approval" in self.kinds


class Rules(Model):
    """Limits that apply to records."""

    max_record_bytes: Annotated[int, Field(ge=MIN_RECORD_BYTES, le=MAX_RECORD_BYTES)] = Field(
        description="the greatest record"
    )


class RetentionRule(Model):
    """How long payloads are kept; in a list, the first rule that matches decides."""

    kind: Literal["artifact", "log"] | None = Field(
        default=None, description="the kind of record whose payload is meant"
    )
    label_key: LabelKey | None = Field(default=None, description="the key of a label")
    label_value: Text | None = Field(default=None, description="the value of a label")
    media_type: Line | None = Field(default=None, description="the media type of the payload")
    minimum_days: Days = Field(description="not deleted before")
    maximum_days: Days | None = Field(default=None, description="to be deleted after")

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        if (self.kind, self.label_key, self.label_value, self.media_type) == (None,) * 4:
            raise refuse("names no kind, label or media type, so it would match everything")
        if self.maximum_days is not None and self.maximum_days < self.minimum_days:
            raise refuse(f"is below minimum_days {self.minimum_days}", "maximum_days")
        return self


class Policy(Model):
    """One version of the policy."""

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["policy"] = Field(description="the kind of document")
    version: PolicyNumber = Field(description="the number of this policy, as in its path")
    ledger_id: Uuid4 = Field(description="the ledger, a UUIDv4")
    previous: Digest | None = Field(
        default=None, description="the digest of the policy before; absent in the first"
    )
    owners: Owners = Field(description="the persons who decide")
    signers: Annotated[Many[SignerRule], Field(min_length=1, max_length=MAX_SIGNERS)] = Field(
        description="what each key may append"
    )
    rules: Rules = Field(description="limits of records")
    retention: Many[RetentionRule] | None = Field(
        default=None, description="how long payloads are kept; the first rule that matches decides"
    )

    @model_validator(mode="after")
    def _require_rules(self) -> Self:
        if (self.version == 1) != (self.previous is None):
            raise refuse(
                "is the digest of the policy before: none in version 1, required in any other",
                "previous",
            )
        rules = self._rules_by_key()
        usable = 0
        for number, person in enumerate(self.owners.persons):
            for position, key in enumerate(person.keys):
                if key not in rules or not rules[key].can_approve:
                    raise refuse(
                        "needs an entry among the signers that allows HUMAN and approval",
                        f"owners.persons.{number}.keys.{position}",
                    )
            usable += any(rules[key].revoked is None for key in person.keys)
        if usable < self.owners.threshold:
            raise refuse(
                f"is {self.owners.threshold}, but only {usable} persons have an unrevoked key",
                "owners.threshold",
            )
        return self

    def signer(self, fingerprint: str) -> SignerRule | None:
        """The rule of a key, None if the policy does not list it."""
        return next((rule for rule in self.signers if rule.key == fingerprint), None)

    def _rules_by_key(self) -> dict[str, SignerRule]:
        rules: dict[str, SignerRule] = {}
        for number, rule in enumerate(self.signers):
            if rule.key in rules:
                raise refuse("appears twice among the signers", f"signers.{number}.key")
            rules[rule.key] = rule
        return rules
