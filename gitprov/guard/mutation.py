"""The storage guard: no silent edits by an AI (2.6, step V10).

It judges the raw ``mutation`` before any schema does, on every write path.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitprov.errors import Code
from gitprov.model.finding import Finding, error

_PLACEHOLDERS = frozenset({"", "n/a", "none", "-", "unknown", "tbd"})
_NIL = "00000000-0000-0000-0000-000000000000"
_MAX = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_REMEDY = "pass the real job id and workflow id (--job-id, --workflow-id)"


def _says_nothing(value: object) -> bool:
    if isinstance(value, str):
        plain = value.strip().lower()
        return plain in _PLACEHOLDERS or plain in {_NIL, _MAX}
    return not value


def check_mutation(mutation: object, path: str | None = None) -> list[Finding]:
    """Judge the mutation of one record as it was read, valid or not.

    Args:
        mutation: the raw value of the field; the schema judges what the guard does not.
        path: path in the ledger's tree, for the finding.
    """
    if not isinstance(mutation, Mapping) or mutation.get("actor_kind") != "AI":
        return []
    silent = [key for key in ("job_id", "workflow_id") if _says_nothing(mutation.get(key))]
    if not silent:
        return []
    names = " and ".join(f"mutation.{key}" for key in silent)
    return [error(Code.SILENT_EDIT, f"an AI wrote without {names}; {_REMEDY}", path)]
