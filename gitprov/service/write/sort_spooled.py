"""Reads what waits in the spool and says of each record alone whether it may enter now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from gitprov.codec.records import parse_mapping
from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.gitraw.item import object_id
from gitprov.guard.limits import ENTRY_BYTES, ENTRY_FILES
from gitprov.model.finding import UNKNOWN_CODES
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.service.judge.files import RecordJudge, check_event_ids
from gitprov.service.ledger.tip import Tip
from gitprov.service.ledger.view import Authority, LedgerView
from gitprov.service.ports.spool import Spool
from gitprov.service.write.admission import Admitted, admit_bytes, check_entering, run_lookup

# Trees and the commit have their share of an entry's size on the wire.
_GROUP_BYTES = ENTRY_BYTES - 4 * 1024 * 1024

_LONGEST_NAME = 60

RunOf = Callable[[str], RunRecord | None]


@dataclass(frozen=True, slots=True)
class Basis:
    """The tip, policy and signer that records are judged against.

    Args:
        tip: the entry to append to.
        authority: policy in force.
        signer: who will sign.
        seconds: Unix seconds of the entry that would carry them now.
    """

    tip: Tip
    authority: Authority
    signer: SignerRule
    seconds: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that can never land.

    Args:
        record_id: its id, as far as it can be read; else the file's name.
        reason: why.
    """

    record_id: str
    content: bytes
    reason: GitprovError

    @property
    def oid(self) -> str:
        """The id that its blob would have."""
        return object_id("blob", self.content)


@dataclass(slots=True)
class Waiting:
    """One spool file.

    Args:
        name: the file.
        items: records that are new and may enter.
        met: these, and those found on the ledger already.
        refused: records that never can land.
        postponed: why records of this file have to wait longer; then the file stays.
    """

    name: str
    items: list[Admitted] = field(default_factory=list)
    met: list[Admitted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    postponed: list[GitprovError] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """The records that one entry will carry."""

    files: list[Waiting] = field(default_factory=list)
    entering: dict[str, Admitted] = field(default_factory=dict)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    size: int = 0

    def takes(self, waiting: Waiting) -> bool:
        """Add a file, unless it belongs into the next entry."""
        events = {item.event_id for item in waiting.items}
        size = self.size + sum(len(item.content) for item in waiting.items)
        is_full = size > _GROUP_BYTES or len(self.entering) + len(waiting.items) > ENTRY_FILES
        if self.files and (is_full or events & self.events):
            return False
        self.files.append(waiting)
        self.entering |= {item.path: item for item in waiting.items}
        self.events |= events
        self.size = size
        return True


class SpoolSorter:
    """Sorts what waits for one signer.

    Args:
        spool: where records wait.
        records: judges each record on its own.
        restore: writes a file of the ledger again if the store cannot give it back.
    """

    def __init__(
        self,
        spool: Spool,
        view: LedgerView,
        records: RecordJudge,
        restore: Callable[[str, bytes], None],
    ) -> None:
        self._spool = spool
        self._view = view
        self._records = records
        self._restore = restore
        self._admitted: dict[bytes, Admitted] = {}
        self._waiting_ids: Callable[[], Collection[str]] = tuple

    def expect(self, items: Iterable[Admitted]) -> None:
        """Remember what these bytes were admitted as, until the next call.

        Where the very same bytes come out of the spool, the answer is the same.
        """
        self._admitted = {item.content: item for item in items}

    def gather(self, basis: Basis, names: Sequence[str]) -> list[Waiting]:
        """Return the files, from the first on, that one entry can carry."""
        group = _Group()
        there = run_lookup(self._view, basis.tip.commit.tree, ())

        def run_of(run_id: str) -> RunRecord | None:
            return group.runs.get(run_id) or there(run_id)

        # Read at most once. A run that was stored before its amendment is among them: the names
        # were listed earlier, and nothing leaves the spool while we hold the writer lock.
        self._waiting_ids = cache(self._spool.record_ids)

        for name in names:
            waiting = self._read(basis.signer.key, name)
            runs = [item.record for item in waiting.items if isinstance(item.record, RunRecord)]
            group.runs |= {run.run_id: run for run in runs}
            self._sort_out(waiting, basis, group.entering, run_of)
            if not group.takes(waiting):
                break
        return group.files

    def _read(self, key: str, name: str) -> Waiting:
        waiting = Waiting(name)
        for content in self._spool.get(key, name):
            try:
                waiting.items.append(self._admitted.get(content) or self._admit(content))
            except GitprovError as reason:
                _turn_away(waiting, Refused(_stated_id(content) or name, content, reason))
        return waiting

    def _admit(self, content: bytes) -> Admitted:
        mapping = parse_mapping(content)
        kind = str(mapping.get("kind"))
        record_id = mapping.get(f"{kind}_id")
        if not isinstance(record_id, str):
            raise RefusedError(Code.RECORD_FORM, "it has no record id")
        return admit_bytes(content, kind, record_id, self._records)

    def _sort_out(
        self, waiting: Waiting, basis: Basis, entering: dict[str, Admitted], run_of: RunOf
    ) -> None:
        """Leave in ``items`` only what is new and may enter."""
        found, waiting.items = waiting.items, []
        fresh: dict[str, Admitted] = {}
        events: dict[str, str] = {}  # edit_event_id -> path
        for item in found:
            there = self._view.find(basis.tip.commit.tree, item.path)
            if there == item.oid:
                # The copy that waits here may be the last one; it is dropped after this.
                self._restore(item.oid, item.content)
                waiting.met.append(item)
                continue
            twin = fresh.get(item.path) or entering.get(item.path)
            if twin is not None and twin.oid == item.oid:
                continue
            reason = _duplicate(item, there, twin, events) or self._judge(item, basis, run_of)
            if reason is None:
                fresh[item.path] = item
                events[item.event_id] = item.path
            elif reason.code is Code.LINK and self._waits_for_run(item):
                waiting.postponed.append(reason)
            else:
                _turn_away(waiting, Refused(item.record_id, item.content, reason))
        waiting.items = list(fresh.values())
        waiting.met += waiting.items

    def _judge(self, item: Admitted, basis: Basis, run_of: RunOf) -> GitprovError | None:
        findings = check_entering(item, basis.signer, basis.authority, run_of, basis.seconds)
        if not findings:
            return None
        return RefusedError(findings[0].code, findings[0].message, path=item.path)

    def _waits_for_run(self, item: Admitted) -> bool:
        run_id = getattr(item.record, "run_id", None)
        return run_id is not None and run_id in self._waiting_ids()


def _stated_id(content: bytes) -> str | None:
    """The id that a record gives itself, where that much can be read."""
    try:
        mapping = parse_mapping(content)
    except GitprovError:
        return None
    stated = mapping.get(f"{mapping.get('kind')}_id")
    return stated[:_LONGEST_NAME] if isinstance(stated, str) else None


def _duplicate(
    item: Admitted, there: str | None, twin: Admitted | None, events: Mapping[str, str]
) -> GitprovError | None:
    """Why a record is the second of its kind: other content is there, or goes before it."""
    name = f"{item.record.kind} {item.record_id}"
    if there is not None:
        return RefusedError(Code.DUPLICATE, f"{name} is on the ledger with other content")
    if twin is not None:
        return RefusedError(Code.DUPLICATE, f"{name} waits with other content, which goes first")
    first = events.get(item.event_id)
    if first is None:
        return None
    findings = check_event_ids([(item.event_id, first), (item.event_id, item.path)])
    return None if not findings else RefusedError(findings[0].code, findings[0].message)


def _turn_away(waiting: Waiting, refused: Refused) -> None:
    """Refuse a record, or let it wait where it could not be found out."""
    if refused.reason.code in UNKNOWN_CODES:
        waiting.postponed.append(refused.reason)
    else:
        waiting.refused.append(refused)
