"""One process's way to a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gitprov.service.ports.objects import ObjectReader
from gitprov.service.ports.signatures import SignatureEngine


@dataclass(frozen=True, slots=True)
class LedgerAccess:
    """One process's way to the ledger.

    Args:
        has_code_commit: whether a commit is in the code repository; None if there is none.
    """

    reader: ObjectReader
    engine: SignatureEngine
    has_code_commit: Callable[[str], bool] | None
