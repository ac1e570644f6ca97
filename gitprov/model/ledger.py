"""``ledger.yaml``: the identity of a ledger, written once in its genesis (2.2)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from gitprov.model.frozen import Count, Model
from gitprov.model.text import OidHex, Sha256Hex, Uuid4, refuse
from gitprov.model.times import Time


class Predecessor(Model):
    """The ledger that this one continues, and the place where it takes over."""

    ledger_id: Uuid4 = Field(description="the ledger, a UUIDv4")
    tip: OidHex = Field(description="the last entry of the predecessor")
    height: Count = Field(description="its height")
    chain: Sha256Hex = Field(description="its chain digest")


class LedgerDocument(Model):
    """Which ledger this is."""

    schema_version: Literal["v1.0"] = Field(description="the version of this schema")
    kind: Literal["ledger"] = Field(description="the kind of document")
    ledger_id: Uuid4 = Field(description="the ledger, a UUIDv4")
    created_at: Time = Field(description="when the ledger was made")
    predecessor: Predecessor | None = Field(
        default=None, description="the ledger that this one continues"
    )

    @model_validator(mode="after")
    def _require_other_predecessor(self) -> Self:
        if self.predecessor is not None and self.predecessor.ledger_id == self.ledger_id:
            raise refuse("is the ledger itself", "predecessor.ledger_id")
        return self
