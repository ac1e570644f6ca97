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
    from gitprov.model.finding import Finding, Severity, Verdict
    from gitprov.model.mutation import ActorKind
    from gitprov.model.receipt import Notice, Receipt, RecordState
    from gitprov.model.report import Report
    from gitprov.model.run import RunRecord
    from gitprov.model.run_parts import RunStatus


__all__ = [
    "ActorKind",
    "Code",
    "Finding",
    "GitprovError",
    "Ledger",
    "Notice",
    "Receipt",
    "RecordError",
    "RecordState",
    "RefMovedError",
    "RefusedError",
    "Report",
    "RunRecord",
    "RunStatus",
    "Severity",
    "SignatureError",
    "SignatureUnknownError",
    "StorageError",
    "UnsupportedRepositoryError",
    "UsageError",
    "Verdict",
    "__version__",
    "open_ledger",
]

_HOMES = {
    "gitprov.api": ("Ledger", "open_ledger"),
    "gitprov.errors": ("Code", *(name for name in __all__ if name.endswith("Error"))),
    "gitprov.model.finding": ("Finding", "Severity", "Verdict"),
    "gitprov.model.mutation": ("ActorKind",),
    "gitprov.model.receipt": ("Notice", "Receipt", "RecordState"),
    "gitprov.model.report": ("Report",),
    "gitprov.model.run": ("RunRecord",),
    "gitprov.model.run_parts": ("RunStatus",),
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
