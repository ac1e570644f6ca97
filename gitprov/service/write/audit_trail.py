"""Logs refusals, key use and failed read-backs; an unwritable log stops no writer (6.5)."""

from __future__ import annotations

from gitprov.errors import GitprovError
from gitprov.model.times import format_time
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.writing import AuditLog


class AuditTrail:
    """The audit log as the use cases see it.

    Args:
        log: the log; doctor says when it cannot be written.
    """

    def __init__(self, log: AuditLog, clock: Clock, ref: str) -> None:
        self._log = log
        self._clock = clock
        self._ref = ref

    def refused(self, reason: GitprovError, actor: str | None = None) -> None:
        """Note that a write was refused before anything was written.

        Args:
            reason: why.
            actor: the actor kind that asked, as far as it said.
        """
        self._note(action="refuse", code=reason.code, actor=actor or "")

    def signed(self, fingerprint: str, old: str | None, new: str) -> None:
        """Note that a key signed an entry.

        Args:
            fingerprint: the signer's primary key.
            old: the tip before.
            new: the entry.
        """
        self._note(action="append", fingerprint=fingerprint, old=old or "", new=new)

    def enacted(self, fingerprint: str, old: str, new: str, proposal: str) -> None:
        """Note that an owner enacted a proposal.

        Args:
            fingerprint: the owner's key that signed.
            old: the tip before.
            new: the entry.
            proposal: the proposal's id.
        """
        self._note(action="enact", fingerprint=fingerprint, old=old, new=new, proposal=proposal)

    def read_back_failed(self, code: str, entry: str) -> None:
        """Note that an entry read back is not what was written."""
        self._note(action="read-back", code=code, new=entry)

    def _note(self, **event: str) -> None:
        time = format_time(self._clock.now_ms())
        kept = {name: value for name, value in event.items() if value}
        try:
            self._log.append({"time": time, "ref": self._ref, **kept})
        except GitprovError:
            # A failed log changes nothing: a refusal stays one, an entry stays.
            return
