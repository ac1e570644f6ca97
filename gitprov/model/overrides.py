"""Settings that flags override."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values of flags; None where a flag was not given.

    Args:
        path: where to look for the repository (``-C``).
        store: where the ledger's own repository is.
        engine: sequoia or gpg.
    """

    path: Path | None = None
    ref: str | None = None
    store: str | None = None
    engine: str | None = None

    def value(self, name: str) -> str | None:
        """Return what a flag says about a setting."""
        flags = {
            "gitprov.ref": self.ref,
            "gitprov.store": self.store,
            "gitprov.engine": self.engine,
        }
        return flags.get(name)
