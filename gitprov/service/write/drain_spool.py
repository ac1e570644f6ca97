"""Appends what waits in the spool, all records of one signer in few entries (group commit)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitprov.codec.records import parse_mapping
from gitprov.errors import GitprovError, RecordError, RefMovedError
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.spool import Spool
from gitprov.service.write.admission import Admitted
from gitprov.service.write.append_entry import AppendedEntry, EntryAppender
from gitprov.service.write.append_sound import append_sound
from gitprov.service.write.audit_trail import AuditTrail
from gitprov.service.write.sort_spooled import Basis, Refused, SpoolSorter, Waiting

_RACES = 20
# Spool files kept because the notes could not be written; `notes rebuild` repairs the rest.
_MOST_KEPT = 50


@dataclass(slots=True)
class Drained:
    """The result of a drain, by the ids of the records' blobs: a record id may come twice.

    Args:
        appended: blob -> the record and the entry that carries it now.
        refused: blob -> a record that was set aside.
        postponed: why records wait that nothing else keeps from landing.
    """

    appended: dict[str, tuple[Admitted, AppendedEntry]] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    postponed: list[GitprovError] = field(default_factory=list)


class SpoolDrain:
    """Empties one signer's spool; the caller holds the writer lock.

    Args:
        spool: where records wait.
        tip: reads the ledger's tip.
        appender: makes entries.
        derive: updates derived data after records have landed, and says whether it
            could; where not, the spool files stay so that the next call tries again.
        audit: notes who signed what, what was refused, and failed read-backs.
    """

    def __init__(
        self,
        spool: Spool,
        tip: Callable[[], Tip],
        view: LedgerView,
        appender: EntryAppender,
        derive: Callable[[Sequence[Record]], bool],
        audit: AuditTrail,
    ) -> None:
        self._audit = audit
        self._derive = derive
        self._spool = spool
        self._tip = tip
        self._view = view
        self._appender = appender
        self._sorter = SpoolSorter(spool, view, appender.records, appender.restore)

    def expect(self, items: Iterable[Admitted]) -> None:
        """Remember what these bytes were admitted as, until the next call."""
        self._sorter.expect(items)

    def run(self, signer: SignerRule, drained: Drained) -> None:
        """Append everything that waits for this signer.

        Work done before an error is in ``drained``.

        Raises:
            GitprovError: as EntryAppender.append; the records stay in the spool.
        """
        races = 0
        names = self._spool.names(signer.key)
        while names:
            try:
                names = self._run_once(signer, names, drained)
            except RefMovedError:
                # A plain git fetch or another tool moved the ref: read it again.
                races += 1
                if races > _RACES:
                    raise

    def _run_once(self, signer: SignerRule, names: list[str], drained: Drained) -> list[str]:
        """Append one group; returns the names that are left."""
        tip = self._tip()
        # A clock that is wrong makes no record wrong.
        self._appender.require_clock(tip)
        authority = self._view.authority(tip.commit.tree)
        basis = Basis(tip, authority, signer, self._appender.entry_seconds(tip))
        group = self._sorter.gather(basis, names)
        is_sure = self._append(group, basis, drained)
        self._set_aside(group, signer, drained)
        # Before the spool forgets them, so that a crash in between is repaired by the next call.
        done = self._derive([item.record for waiting in group for item in waiting.met])
        if is_sure and (done or len(names) > _MOST_KEPT):
            finished = [waiting.name for waiting in group if not waiting.postponed]
            self._spool.drop(signer.key, *finished)
        return names[len(group) :]

    def _append(self, group: list[Waiting], basis: Basis, drained: Drained) -> bool:
        """Append a group; whether what was read back is what was written (step 5)."""
        tip, is_faulty = basis.tip, False

        def append(items: Sequence[Admitted]) -> None:
            nonlocal tip, is_faulty
            files = [item.new_file() for item in items]
            version = basis.authority.policy.version
            entry = self._appender.append(tip, version, basis.signer, files)
            drained.appended |= {item.oid: (item, entry) for item in items}
            records = [item.record for item in items]
            self._audit.signed(basis.signer.key, tip.oid, entry.oid, records)
            for finding in entry.findings:
                self._audit.read_back_failed(finding.code, finding.message, entry.oid)
            is_faulty = is_faulty or bool(entry.findings)
            if len(items) < len(all_items):
                tip = read_tip(self._view, entry.oid)  # another one may follow

        all_items = [item for waiting in group for item in waiting.items]
        blamed = append_sound(all_items, append)
        for waiting in group if blamed else ():
            waiting.refused += [
                Refused(item.record_id, item.content, blamed[item.oid])
                for item in waiting.items
                if item.oid in blamed
            ]
            waiting.met = [item for item in waiting.met if item.oid not in blamed]
        return not is_faulty

    def _set_aside(self, group: list[Waiting], signer: SignerRule, drained: Drained) -> None:
        for waiting in group:
            drained.postponed += waiting.postponed
            for refused in waiting.refused:
                name, why = waiting.name, str(refused.reason)
                if self._spool.set_aside(signer.key, name, [refused.content], why):
                    self._audit.refused(refused.reason, _mutations(refused.content))
                drained.refused[refused.oid] = refused


def _mutations(content: bytes) -> list[Mapping[str, Any]]:
    """What a record that cannot land says of its write, as far as it can be read."""
    with contextlib.suppress(RecordError):
        mutation = parse_mapping(content).get("mutation")
        return [mutation] if isinstance(mutation, Mapping) else []
    return []
