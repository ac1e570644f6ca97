"""The fields of all nine record kinds: an id, a time, a mutation that names the record."""

from __future__ import annotations

from typing import ClassVar

from gitprov.model.frozen import Model
from gitprov.model.ids import uuid7_ms
from gitprov.model.mutation import Mutation
from gitprov.model.text import refuse
from gitprov.model.times import DAY_MS, SKEW_MS, format_time, time_ms


class Record(Model):
    """A record of one of the nine kinds; its id is in the field ID_FIELD."""

    ID_FIELD: ClassVar[str]

    @property
    def record_id(self) -> str:
        """The record's id, whatever its kind calls it."""
        return str(getattr(self, self.ID_FIELD))


def require_resource(kind: str, record_id: str, mutation: Mutation) -> None:
    """Refuse a mutation that names another resource than its record."""
    expected = f"{kind}:{record_id}"
    if mutation.resource_id != expected:
        raise refuse(f"is not this record; it must be {expected}", "mutation.resource_id")


def require_identity(kind: str, record_id: str, recorded_at: str, mutation: Mutation) -> None:
    """Refuse a record whose mutation names another, or whose id is outside its time (2.2)."""
    require_resource(kind, record_id, mutation)
    require_id_time(f"{kind}_id", record_id, recorded_at, recorded_at)


def require_id_time(field: str, record_id: str, earliest: str, recorded_at: str) -> None:
    """Refuse an id whose time is not from ``earliest`` - 24 h to ``recorded_at`` + skew (2.2)."""
    ms = uuid7_ms(record_id)
    if ms < time_ms(earliest) - DAY_MS:
        raise refuse(f"names {format_time(ms)}, more than 24 h before {earliest}", field)
    if ms > time_ms(recorded_at) + SKEW_MS:
        raise refuse(f"names {format_time(ms)}, more than 10 min after {recorded_at}", field)


def require_not_after_recording(field: str, time: str, recorded_at: str) -> None:
    """Refuse a time later than ``recorded_at`` + skew."""
    if time > recorded_at and time_ms(time) > time_ms(recorded_at) + SKEW_MS:
        raise refuse(f"is more than 10 min after recorded_at {recorded_at}", field)
