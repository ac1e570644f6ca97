"""Every kind of document on a ledger, and its current model, loaded when the kind is met.

Building all models takes longer than most commands have; few of them meet more than three kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeAlias

from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.record import Record as AnyRecord
from gitprov.model.words import closest

if TYPE_CHECKING:
    from gitprov.model.amendment import Amendment
    from gitprov.model.artifact import ArtifactRecord
    from gitprov.model.governance import Approval, Enactment, Proposal, Tombstone
    from gitprov.model.ledger import LedgerDocument
    from gitprov.model.log import LogRecord
    from gitprov.model.policy import Policy
    from gitprov.model.run import RunRecord
    from gitprov.model.state import StateRecord

    Record: TypeAlias = (
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
    Document: TypeAlias = Record | LedgerDocument | Policy
else:
    Record = AnyRecord
    """A record of one of the nine kinds; ``kind`` tells which, without loading the others."""

    Document = Model
    """Anything canonical on a ledger; certificates are not."""

_HOMES: Final = {
    "ledger": ("ledger", "LedgerDocument"),
    "policy": ("policy", "Policy"),
    "run": ("run", "RunRecord"),
    "state": ("state", "StateRecord"),
    "artifact": ("artifact", "ArtifactRecord"),
    "log": ("log", "LogRecord"),
    "amendment": ("amendment", "Amendment"),
    "proposal": ("governance", "Proposal"),
    "approval": ("governance", "Approval"),
    "enactment": ("governance", "Enactment"),
    "tombstone": ("governance", "Tombstone"),
}
"""Kind -> module and class of its model."""


class _Models(Mapping[str, "type[Document]"]):
    """Imports a model when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, type[Document]] = {}

    def __getitem__(self, kind: str) -> type[Document]:
        model = self._loaded.get(kind)
        if model is None:
            module, name = _HOMES[kind]
            model = getattr(import_module(f"gitprov.model.{module}"), name)
            self._loaded[kind] = model
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


MODELS: Final[Mapping[str, type[Document]]] = _Models()
"""The current model of each kind."""


def find_model(kind: str) -> type[Document]:
    """The current model of a kind.

    Raises:
        RecordError: GPV-422-SCHEMA, there is no such kind.
    """
    model = MODELS.get(kind)
    if model is None:
        close = closest(kind, MODELS)
        hint = f"did you mean {close}?" if close else f"use one of {', '.join(MODELS)}"
        raise RecordError(Code.SCHEMA, f"there is no kind {kind[:40]!r}; {hint}", field="kind")
    return model
