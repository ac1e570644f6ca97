"""Logs refusals, key use and failed read-backs; an unwritable log stops no writer (6.5)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitprov.errors import GitprovError
from gitprov.model.kinds import Record
from gitprov.model.mutation import ActorKind
from gitprov.model.text import UNBORN
from gitprov.model.times import format_time
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.writing import AuditLog


@dataclass(frozen=True, slots=True)
class AuditedPlace:
    """Where something happens.

    Args:
        ref: the ledger's.
        runner: this machine.
        head: returns the code's HEAD.
    """

    ref: str
    runner: str
    head: Callable[[], str]


class AuditTrail:
    """The audit log as the use cases see it.

    Args:
        log: the log; doctor says when it cannot be written.
    """

    def __init__(self, log: AuditLog, clock: Clock, place: AuditedPlace) -> None:
        self._log = log
        self._clock = clock
        self._place = place

    def refused(
        self, reason: GitprovError, mutations: Iterable[Mapping[str, Any]] = (), actor: str = ""
    ) -> None:
        """Note that a write was refused before anything was written.

        Args:
            reason: why.
            mutations: what the writes said of themselves, as they were read.
            actor: the actor kind, where no mutation says it.
        """
        told = _shared(list(mutations))
        if actor and "actor" not in told:
            told["actor"] = {"kind": actor}
        self._note(action="refuse", code=reason.code, reason=reason.message, **told)

    def signed(self, fingerprint: str, old: str | None, new: str, records: list[Record]) -> None:
        """Note that a key signed an entry.

        Args:
            fingerprint: the signer's primary key.
            old: the tip before.
            new: the entry.
            records: what the entry adds.
        """
        told = _shared(mutations_of(records))
        self._note(action="append", fingerprint=fingerprint, old=old or "", new=new, **told)

    def enacted(self, fingerprint: str, old: str, new: str, proposal: str, actor: str) -> None:
        """Note that an owner enacted a proposal.

        Args:
            fingerprint: the owner's key that signed.
            old: the tip before.
            new: the entry.
            proposal: the proposal's id.
            actor: the owner's name.
        """
        told = {"actor": {"kind": ActorKind.HUMAN, "id": actor}}
        self._note(
            action="enact", fingerprint=fingerprint, old=old, new=new, proposal=proposal, **told
        )

    def read_back_failed(self, code: str, reason: str, entry: str) -> None:
        """Note that an entry read back is not what was written."""
        self._note(action="read-back", code=code, reason=reason, new=entry)

    def lock_recovered(self, lock: str, owner: str) -> None:
        """Note that the lock of a dead process was taken over."""
        self._note(action="recover-lock", resource=lock, reason=f"its owner is dead: {owner}")

    def context(self) -> dict[str, Any]:
        """Return the fields of every line: when and where."""
        head = ""
        with contextlib.suppress(GitprovError):  # a ledger may have no code beside it
            head = self._place.head()
        told = {
            "time": format_time(self._clock.now_ms()),
            "ref": self._place.ref,
            "runner": self._place.runner,
            "commit": "" if head == UNBORN else head,
        }
        return {name: value for name, value in told.items() if value}

    def _note(self, **event: Any) -> None:
        kept = {name: value for name, value in event.items() if value}
        try:
            self._log.append({**self.context(), **kept})
        except GitprovError:
            # A failed log changes nothing: a refusal stays one, an entry stays.
            return


def mutations_of(records: Iterable[Record]) -> list[Mapping[str, Any]]:
    """Return what records say of the write that they are."""
    return [record.mutation.to_mapping() for record in records]


def _shared(mutations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all of some mutations agree on, as fields of a line."""
    if not mutations:
        return {}
    first, *others = mutations

    def agreed(name: str) -> str:
        value = first.get(name)
        same = all(other.get(name) == value for other in others)
        return str(value) if same and isinstance(value, str) else ""

    actor = {"kind": agreed("actor_kind"), "id": agreed("actor_id")}
    told: dict[str, Any] = {
        "actor": {name: value for name, value in actor.items() if value},
        "resource": agreed("resource_id") or (f"{len(mutations)} records" if others else ""),
        "job": agreed("job_id"),
        "workflow": agreed("workflow_id"),
    }
    return {name: value for name, value in told.items() if value}
