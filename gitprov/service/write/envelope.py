"""Gives a draft what every record begins with: version, kind, id, time, mutation (2.4, 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitprov.codec.records import build
from gitprov.errors import Code, RecordError, RefusedError, UsageError
from gitprov.guard.mutation import StorageGuard, check_mutation
from gitprov.model.kinds import MODELS, Record
from gitprov.model.mutation import WriteActor
from gitprov.service.ports.clock import Clock, Ids
from gitprov.service.write.audit_trail import AuditTrail

DRAFTED_KINDS: Final = ("run", "state", "artifact", "log", "amendment")
"""The kinds that drafts may be of; the others are made by the owners' commands."""
_EVENT = "edit_event_id"
_SAID = frozenset({"actor_kind", "actor_id", "job_id", "workflow_id", "resource_id"})


@dataclass(frozen=True, slots=True)
class DraftDefaults:
    """Defaults from the environment, for fields that a draft leaves out.

    Args:
        actor_kind: HUMAN, AI or SYSTEM, None if it is not stated; it is never guessed.
        job_id: of an AI.
        workflow_id: of an AI.
    """

    actor_kind: str | None = None
    job_id: str | None = None
    workflow_id: str | None = None


class Envelope:
    """Opens drafts and seals records.

    Args:
        guard: makes each mutation.
        clock: for times and ids.
        ids: makes ids.
        defaults: what the surroundings say.
        audit: notes what the guard refuses.
    """

    def __init__(
        self,
        guard: StorageGuard,
        clock: Clock,
        ids: Ids,
        defaults: DraftDefaults,
        audit: AuditTrail,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._ids = ids
        self._defaults = defaults
        self._audit = audit

    def open(self, draft: Mapping[str, Any], kind: str, now: str) -> dict[str, Any]:
        """Return the fields of a draft, and those that every record begins with.

        Args:
            draft: fields; None is absent.
            kind: one of DRAFTED_KINDS.
            now: the time of the draft, in the form of records.

        Raises:
            RefusedError: HSK-403-SILENT-EDIT.
            RecordError: GPV-422-SCHEMA with the field.
            UsageError: GPV-422-ARGUMENT, nobody says who acted.
        """
        fields = {key: value for key, value in draft.items() if value is not None}
        fields.setdefault("schema_version", "v1.0")
        if fields.setdefault("kind", kind) != kind:
            text = f"the draft is of kind {str(fields['kind'])[:40]!r}, and {kind!r} was asked for"
            raise RecordError(Code.SCHEMA, text, field="kind")
        id_field = f"{kind}_id"
        given = fields.get("mutation")
        if isinstance(given, Mapping) and given.get(_EVENT) is not None:
            is_whole = fields.keys() >= {id_field, "recorded_at"} and "resource_id" in given
            if not is_whole:
                raise _own_event()
        fields.setdefault("recorded_at", now)
        if id_field not in fields:
            fields[id_field] = self._ids.uuid7(self._clock.now_ms())
        fields["mutation"] = self._mutation(fields, f"{kind}:{fields[id_field]}")
        return fields

    def seal(self, fields: Mapping[str, Any], draft: Mapping[str, Any], kind: str) -> Record:
        """Build the record.

        Args:
            fields: all of them.
            draft: what was handed in. Only a whole record may bring an edit_event_id; then
                nothing was filled in.
            kind: as in `open`.

        Raises:
            RecordError: GPV-422-SCHEMA with the field.
        """
        order = (name for name in MODELS[kind].model_fields if name in fields)
        known = {name: fields[name] for name in order}
        record = build({**known, **{k: v for k, v in fields.items() if k not in known}}, kind)
        given = draft.get("mutation")
        if isinstance(given, Mapping) and given.get(_EVENT) is not None:
            handed_in = {key: value for key, value in draft.items() if value is not None}
            if record.to_mapping() != handed_in:
                raise _own_event()
        if not isinstance(record, Record):
            raise RecordError(Code.SCHEMA, f"a {record.kind} cannot be recorded", field="kind")
        return record

    def _mutation(self, fields: Mapping[str, Any], resource_id: str) -> Any:  # noqa: ANN401 - raw
        given = fields.get("mutation", {})
        if not isinstance(given, Mapping):
            return given  # the schema says what it must be
        given = {key: value for key, value in given.items() if value is not None}
        if _EVENT in given:
            refused = check_mutation(given)
            if refused:
                raise self._refused(RefusedError(refused[0].code, refused[0].message), given)
            return given
        kind = given.get("actor_kind", self._defaults.actor_kind)
        if kind is None:
            text = "who acted is not known: pass --actor human|ai|system or set GITPROV_ACTOR"
            raise UsageError(Code.ARGUMENT, text, field="mutation.actor_kind")
        if kind == "AI":
            defaults = {
                "job_id": self._defaults.job_id,
                "workflow_id": self._defaults.workflow_id,
            }
            given = {**{k: v for k, v in defaults.items() if v is not None}, **given}
        try:
            metadata = self._guard.validate_write(
                WriteActor(kind, given.get("actor_id")),
                resource_id,
                given.get("job_id"),
                given.get("workflow_id"),
            )
        except RefusedError as reason:
            asked = {**given, "actor_kind": kind, "resource_id": resource_id}
            raise self._refused(reason, asked) from None
        others = {key: value for key, value in given.items() if key not in _SAID}
        return {**metadata.mutation.to_mapping(), **others, **_resource(given)}

    def _refused(self, reason: RefusedError, mutation: Mapping[str, Any]) -> RefusedError:
        self._audit.refused(reason, [mutation])
        return reason


def _own_event() -> RecordError:
    text = "is made by the guard: leave it out; only a whole record that is handed in again has one"
    return RecordError(Code.SCHEMA, f"mutation.{_EVENT} {text}", field=f"mutation.{_EVENT}")


def _resource(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft says of its resource stands, so that the schema judges it."""
    return {"resource_id": given["resource_id"]} if "resource_id" in given else {}
