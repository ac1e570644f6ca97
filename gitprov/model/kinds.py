"""Every kind of document on a ledger, and its current model."""

from __future__ import annotations

from typing import Final

from gitprov.model.amendment import AmendmentRecord
from gitprov.model.artifact import ArtifactRecord
from gitprov.model.frozen import Model
from gitprov.model.governance import (
    ApprovalRecord,
    EnactmentRecord,
    ProposalRecord,
    TombstoneRecord,
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
    | AmendmentRecord
    | ProposalRecord
    | ApprovalRecord
    | EnactmentRecord
    | TombstoneRecord
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
    "amendment": AmendmentRecord,
    "proposal": ProposalRecord,
    "approval": ApprovalRecord,
    "enactment": EnactmentRecord,
    "tombstone": TombstoneRecord,
}
"""The current model of each kind."""
