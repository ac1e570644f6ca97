"""Every kind of document on a ledger, and its current model."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from gitprov.errors import Code, RecordError
from gitprov.model.amendment import Amendment
from gitprov.model.artifact import ArtifactRecord
from gitprov.model.governance import (
    Approval,
    Enactment,
    Proposal,
    Tombstone,
)
from gitprov.model.ledger import LedgerDocument
from gitprov.model.log import LogRecord
from gitprov.model.policy import Policy
from gitprov.model.run import RunRecord
from gitprov.model.state import StateRecord

Record = (
    RunRecord
    | StateRecord
    | ArtifactRecord
    | LogRecord
    | Amendment
    | Proposal
    | Approval
    | Enactment
    | Tombstone
)
"""A record of one of the nine kinds."""

Document = Record | LedgerDocument | Policy
"""Anything canonical on a ledger; certificates are not."""

MODELS: Final[dict[str, type[Document]]] = {
    "ledger": LedgerDocument,
    "policy": Policy,
    "run": RunRecord,
    "state": StateRecord,
    "artifact": ArtifactRecord,
    "log": LogRecord,
    "amendment": Amendment,
    "proposal": Proposal,
    "approval": Approval,
    "enactment": Enactment,
    "tombstone": Tombstone,
}
"""The current model of each kind."""


def find_model(kind: str) -> type[Document]:
    """The current model of a kind.

    Raises:
        RecordError: GPV-422-SCHEMA, there is no such kind.
    """
    model = MODELS.get(kind)
    if model is None:
        close = get_close_matches(kind[:40].lower(), MODELS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(MODELS)}"
        raise RecordError(Code.SCHEMA, f"there is no kind {kind[:40]!r}; {hint}", field="kind")
    return model
