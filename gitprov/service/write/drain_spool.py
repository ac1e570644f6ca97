"""Appends what waits in the spool, all records of one signer in few entries (group commit)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gitprov.codec.records import parse_mapping
from gitprov.errors import Code, GitprovError, RefMovedError, RefusedError, StorageError
from gitprov.guard.limits import ENTRY_BYTES, ENTRY_FILES
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import Authority, LedgerView
from gitprov.service.ports import Spool
from gitprov.service.write.admission import Admitted, admit_bytes, agent_lookup, check_rights
from gitprov.service.write.append_entry import AppendedEntry, EntryAppender
from gitprov.service.write.audit_trail import AuditTrail

_RACES = 20
# Spool files kept because the notes could not be written; `notes rebuild` mends the rest.
_MOST_KEPT = 50
# Trees and the commit have their share of an entry's size on the wire.
_GROUP_BYTES = ENTRY_BYTES - 4 * 1024 * 1024


@dataclass(slots=True)
class Waiting:
    """One spool file.

    Args:
        name: the file.
        items: records that are new and may enter.
        met: these, and those found on the ledger already.
        refused: records that never can land, and why.
    """

    name: str
    items: list[Admitted] = field(default_factory=list)
    met: list[Admitted] = field(default_factory=list)
    refused: list[tuple[bytes, GitprovError]] = field(default_factory=list)


@dataclass(slots=True)
class Drained:
    """What a drain did.

    Args:
        appended: record id -> the entry that carries it now.
        known: record id -> path of records that were on the ledger before.
        refused: record id -> why it was set aside.
        items: what was appended, for notes and other derived data.
    """

    appended: dict[str, AppendedEntry] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    refused: dict[str, GitprovError] = field(default_factory=dict)
    items: list[Admitted] = field(default_factory=list)


class SpoolDrain:
    """Empties one signer's spool; the caller holds the writer lock.

    Args:
        spool: where records wait.
        tip: returns the ledger's tip.
        view: reads the ledger.
        appender: makes entries.
        derive: brings derived data in line with records on the ledger, and says whether it
            could; where not, the spool files stay so that the next call tries again.
        audit: notes who signed what, and every doubt.
    """

    def __init__(
        self,
        spool: Spool,
        tip: Callable[[], str | None],
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
        self._admitted: dict[bytes, Admitted] = {}

    def expect(self, items: Iterable[Admitted]) -> None:
        """Remember what these bytes were admitted as, until the next call.

        Where the very same bytes come out of the spool, the answer is the same.
        """
        self._admitted = {item.content: item for item in items}

    def run(self, signer: SignerRule, drained: Drained) -> None:
        """Append everything that waits for this signer.

        What was done before an error stands in ``drained``, whatever is raised.

        Raises:
            GitprovError: as EntryAppender.append; what waits goes on waiting.
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
        oid = self._tip()
        if oid is None:
            raise StorageError(Code.NO_LEDGER, "the ledger is gone; run gitprov doctor")
        tip = read_tip(self._view, oid)
        authority = self._view.authority(tip.commit.tree)
        group: list[Waiting] = []
        events: set[str] = set()
        size = count = 0
        for waiting in self._read(signer, names):
            self._sort_out(waiting, signer, tip, authority, drained)
            ids = {item.event_id for item in waiting.items}
            more = sum(len(item.content) for item in waiting.items)
            full = size + more > _GROUP_BYTES or count + len(waiting.items) > ENTRY_FILES
            if group and (full or ids & events):
                break
            group.append(waiting)
            events |= ids
            size += more
            count += len(waiting.items)
        sure = self._append(group, signer, tip, authority, drained)
        # Before the spool forgets them, so that a crash in between is mended by the next call.
        done = self._derive([item.record for waiting in group for item in waiting.met])
        if sure and (done or len(names) > _MOST_KEPT):
            self._finish(group, signer)
        return names[len(group) :]

    def _read(self, signer: SignerRule, names: list[str]) -> Iterator[Waiting]:
        for name in names:
            waiting = Waiting(name)
            for content in self._spool.get(signer.key, name):
                try:
                    waiting.items.append(self._admitted.get(content) or self._admit(content))
                except (GitprovError, KeyError) as reason:
                    waiting.refused.append((content, _as_gitprov_error(reason)))
            yield waiting

    def _admit(self, content: bytes) -> Admitted:
        mapping = parse_mapping(content)
        kind = str(mapping.get("kind"))
        return admit_bytes(content, kind, str(mapping[f"{kind}_id"]), self._appender.records)

    def _sort_out(
        self,
        waiting: Waiting,
        signer: SignerRule,
        tip: Tip,
        authority: Authority,
        drained: Drained,
    ) -> None:
        """Leave in ``items`` only what is new and may enter."""
        agent_of = agent_lookup(self._view, tip.commit.tree, waiting.items)
        fresh: dict[str, Admitted] = {}
        for item in waiting.items:
            there = self._view.find(tip.commit.tree, item.path)
            if there == item.oid:
                # The copy that waits here may be the last one; it is dropped after this.
                self._appender.restore(item.oid, item.content)
                drained.known[item.record_id] = item.path
                waiting.met.append(item)
                continue
            findings = check_rights(item, signer, authority, agent_of)
            if there is not None:
                text = f"{item.record.kind} {item.record_id} is on the ledger with other content"
                waiting.refused.append((item.content, RefusedError(Code.DUPLICATE, text)))
            elif findings:
                reason = RefusedError(findings[0].code, findings[0].message, path=item.path)
                waiting.refused.append((item.content, reason))
                drained.refused[item.record_id] = reason
            else:
                fresh[item.path] = item
        waiting.items = list(fresh.values())
        waiting.met += waiting.items

    def _append(
        self,
        group: list[Waiting],
        signer: SignerRule,
        tip: Tip,
        authority: Authority,
        drained: Drained,
    ) -> bool:
        """Append a group; whether what was read back is what was written (step 5)."""
        items = {item.path: item for waiting in group for item in waiting.items}
        if not items:
            return True
        files = [item.new_file() for item in items.values()]
        entry = self._appender.append(tip, authority.policy.version, signer, files)
        for item in items.values():
            drained.appended[item.record_id] = entry
        drained.items += items.values()
        self._audit.signed(signer.key, tip.oid, entry.oid)
        for doubt in entry.doubts:
            self._audit.doubted(doubt.code, entry.oid)
        return not entry.doubts

    def _finish(self, group: list[Waiting], signer: SignerRule) -> None:
        for waiting in group:
            for content, reason in waiting.refused:
                self._spool.set_aside(signer.key, waiting.name, [content], str(reason))
        self._spool.drop(signer.key, *(waiting.name for waiting in group))


def _as_gitprov_error(reason: GitprovError | KeyError) -> GitprovError:
    if isinstance(reason, GitprovError):
        return reason
    return RefusedError(Code.RECORD_FORM, "it has no record id")
