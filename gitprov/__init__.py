"""A Git-native provenance store: signed, append-only run records that anybody can verify.

The names in ``__all__`` are public and stable; every other module is private. Names are
loaded when they are first used, so that ``import gitprov`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gitprov.version import __version__

if TYPE_CHECKING:
    from gitprov.api import Ledger, open_ledger
    from gitprov.errors import (
        Code,
        GitprovError,
        RecordError,
        RefMovedError,
        RefusedError,
        SignatureError,
        SignatureUnknownError,
        StorageError,
        UnsupportedRepositoryError,
        UsageError,
    )
    from gitprov.model.action import Action
    from gitprov.model.amendment import Amendment, AmendmentAction, RunChanges
    from gitprov.model.artifact import ArtifactRecord, ArtifactRole
    from gitprov.model.checkpoint import Checkpoint
    from gitprov.model.finding import Finding, Severity, Verdict
    from gitprov.model.governance import Approval, Decision, Enactment, Proposal, Tombstone
    from gitprov.model.ledger import LedgerDocument
    from gitprov.model.log import LogRecord
    from gitprov.model.mutation import ActorKind, Mutation, MutationMetadata, WriteActor
    from gitprov.model.policy import Policy
    from gitprov.model.receipt import Notice, Receipt, RecordState
    from gitprov.model.record import Record
    from gitprov.model.report import Report
    from gitprov.model.run import RunRecord
    from gitprov.model.run_parts import (
        CodeCommit,
        Command,
        ContextMethod,
        Cost,
        FileRef,
        InputContext,
        LanguageModel,
        RunError,
        RunStatus,
        Source,
        Usage,
    )
    from gitprov.model.state import StateRecord


__all__ = [
    "Action",
    "ActorKind",
    "Amendment",
    "AmendmentAction",
    "Approval",
    "ArtifactRecord",
    "ArtifactRole",
    "Checkpoint",
    "Code",
    "CodeCommit",
    "Command",
    "ContextMethod",
    "Cost",
    "Decision",
    "Enactment",
    "FileRef",
    "Finding",
    "GitprovError",
    "InputContext",
    "LanguageModel",
    "Ledger",
    "LedgerDocument",
    "LogRecord",
    "Mutation",
    "MutationMetadata",
    "Notice",
    "Policy",
    "Proposal",
    "Receipt",
    "Record",
    "RecordError",
    "RecordState",
    "RefMovedError",
    "RefusedError",
    "Report",
    "RunChanges",
    "RunError",
    "RunRecord",
    "RunStatus",
    "Severity",
    "SignatureError",
    "SignatureUnknownError",
    "Source",
    "StateRecord",
    "StorageError",
    "Tombstone",
    "UnsupportedRepositoryError",
    "Usage",
    "UsageError",
    "Verdict",
    "WriteActor",
    "__version__",
    "open_ledger",
]

_HOMES = {
    "gitprov.api": ("Ledger", "open_ledger"),
    "gitprov.errors": (
        "Code",
        "GitprovError",
        "RecordError",
        "RefMovedError",
        "RefusedError",
        "SignatureError",
        "SignatureUnknownError",
        "StorageError",
        "UnsupportedRepositoryError",
        "UsageError",
    ),
    "gitprov.model.action": ("Action",),
    "gitprov.model.amendment": ("Amendment", "AmendmentAction", "RunChanges"),
    "gitprov.model.artifact": ("ArtifactRecord", "ArtifactRole"),
    "gitprov.model.checkpoint": ("Checkpoint",),
    "gitprov.model.finding": ("Finding", "Severity", "Verdict"),
    "gitprov.model.governance": ("Approval", "Decision", "Enactment", "Proposal", "Tombstone"),
    "gitprov.model.ledger": ("LedgerDocument",),
    "gitprov.model.log": ("LogRecord",),
    "gitprov.model.mutation": ("ActorKind", "Mutation", "MutationMetadata", "WriteActor"),
    "gitprov.model.policy": ("Policy",),
    "gitprov.model.receipt": ("Notice", "Receipt", "RecordState"),
    "gitprov.model.record": ("Record",),
    "gitprov.model.report": ("Report",),
    "gitprov.model.run": ("RunRecord",),
    "gitprov.model.run_parts": (
        "CodeCommit",
        "Command",
        "ContextMethod",
        "Cost",
        "FileRef",
        "InputContext",
        "LanguageModel",
        "RunError",
        "RunStatus",
        "Source",
        "Usage",
    ),
    "gitprov.model.state": ("StateRecord",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type checker sees the imports above
    """Load a public name from its module."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'gitprov' has no public name {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
