"""The storage guard: no silent edits by an AI (2.6, step V10).

It is asked before every write and makes the metadata that is stored with it. Where records are
judged, it looks at the raw ``mutation`` before any schema does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from gitprov.errors import Code, RecordError, RefusedError
from gitprov.model.finding import Finding, error
from gitprov.model.mutation import MutationMetadata, WriteActor
from gitprov.model.schema_errors import schema_error

_PLACEHOLDERS = frozenset({"", "n/a", "none", "-", "unknown", "tbd"})
# A UUID of one repeated digit, nil and max among them.
_REPEATED = re.compile(r"([0-9a-f])\1{7}-\1{4}-\1{4}-\1{4}-\1{12}")
_REMEDY = "pass the real job id and workflow id (--job-id, --workflow-id)"


def _says_nothing(value: object) -> bool:
    if isinstance(value, str):
        plain = value.strip().lower()
        return plain in _PLACEHOLDERS or _REPEATED.fullmatch(plain) is not None
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


class StorageGuard:
    """Decides on every write, of the ledger and of the stores.

    Args:
        new_event: makes a fresh UUID.
        now: tells the time, as text in the form of records.
    """

    def __init__(self, new_event: Callable[[], str], now: Callable[[], str]) -> None:
        self._new_event = new_event
        self._now = now

    def validate_write(
        self,
        actor: WriteActor,
        resource_id: str,
        job_id: object = None,
        workflow_id: object = None,
    ) -> MutationMetadata:
        """Accept a write and return the metadata to store with it.

        Args:
            actor: who asks.
            resource_id: kind and id of what is written.
            job_id: the job; an AI must name it.
            workflow_id: the workflow; an AI must name it.

        Raises:
            RefusedError: HSK-403-SILENT-EDIT, an AI without job and workflow.
            RecordError: GPV-422-SCHEMA with ``field``, a value that is malformed.
        """
        raw = {
            "actor_kind": actor.kind,
            "actor_id": actor.actor_id,
            "job_id": job_id,
            "workflow_id": workflow_id,
            "edit_event_id": self._new_event(),
            "resource_id": resource_id,
        }
        refused = check_mutation(raw)
        if refused:
            raise RefusedError(refused[0].code, refused[0].message, field="mutation")
        try:
            return MutationMetadata.model_validate({**raw, "timestamp": self._now()})
        except ValidationError as wrong:
            reason = schema_error(wrong, "mutation")
            field = f"mutation.{reason.details['field']}"
            text = f"mutation.{reason.message}"
            raise RecordError(reason.code, text, **{**reason.details, "field": field}) from None
