"""The way out for entries that can never land: their records again on the remote's tip (7.3).

The order is what makes it safe against a kill at any point: first a ref keeps the old entries,
then the spool holds the records, then our ledger's ref moves to the remote's tip, and last the
spool is emptied onto it, as it is after any other interruption.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gitprov.errors import Code, GitprovError, RefMovedError, RefusedError, UsageError
from gitprov.model.finding import failing
from gitprov.model.reappended import Reappended
from gitprov.model.receipt import Notice, RecordState
from gitprov.model.refs import PARKED
from gitprov.model.times import format_time
from gitprov.service.ledger.relation import TipRelation
from gitprov.service.ports.clock import Ids
from gitprov.service.ports.spool import Spool
from gitprov.service.sync.collect_records import Collected, RecordCollector
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.sync.remote_ledger import RemoteLedger, RemoteNames, RemotePorts, RemoteState
from gitprov.service.verify.update import Update, judge_update
from gitprov.service.write.record_run import Recorder
from gitprov.service.write.signing_key import SigningKeys


@dataclass(frozen=True, slots=True)
class ReappendTools:
    """The tools of a reappend.

    Args:
        ledger: the remote's ledger.
        merger: tells whether a merge would do.
        ids: names spool files.
        recorder: empties the spool.
        parked: returns the names of the refs that keep old entries.
        settle: updates pin and notes once our ledger has moved.
    """

    ports: RemotePorts
    names: RemoteNames
    ledger: RemoteLedger
    merger: MergeMaker
    spool: Spool
    ids: Ids
    keys: SigningKeys
    recorder: Recorder
    parked: Callable[[], list[str]]
    settle: Callable[[], None]


class Reappender:
    """Appends our own records again where the entries that carry them cannot land."""

    def __init__(self, tools: ReappendTools) -> None:
        self._tools = tools
        self._ports = tools.ports

    def run(self, *, is_forced: bool) -> Reappended:
        """Append again what the remote has not.

        Args:
            is_forced: also where nothing seems to keep a push from working.

        Raises:
            UsageError: GPV-404-NO-LEDGER; GPV-422-ARGUMENT, a push would do.
            RefMovedError: GPV-409-STALE, records were added in the meantime; nothing changed.
            GitprovError: as RemoteLedger.meet.
        """
        state = self._tools.ledger.fetch_judged(any_ledger=True)
        remote = self._tools.names.remote
        if state.tip is None or state.local is None or state.relation is None:
            where = "here" if state.local is None else f"on {remote!r}"
            raise UsageError(Code.NO_LEDGER, f"there is no ledger {where}, so nothing to append to")
        if state.relation.stand in {TipRelation.EQUAL, TipRelation.BEHIND}:
            self._tools.ledger.settle(state)
            self._tools.settle()
            return Reappended(remote, state.tip)
        if not is_forced and self._would_land(state, state.tip, state.local):
            text = "nothing keeps the entries here from landing as they are"
            raise UsageError(Code.ARGUMENT, f"{text}; send them with: gitprov push")
        clock = self._ports.clock
        collector = RecordCollector(
            self._ports.view, self._ports.access.engine, self._tools.keys, state.tip, clock.now_ms()
        )
        collected = collector.collect(state.relation.ours)
        parked = self._move(state, state.tip, state.local, collected)
        return self._append(state.tip, parked, collected)

    def _would_land(self, state: RemoteState, theirs: str, ours: str) -> bool:
        if state.relation is None or state.relation.stand is TipRelation.UNRELATED:
            return False
        if state.relation.stand is TipRelation.BESIDE:
            try:
                return self._tools.merger.make(theirs, ours) is not None
            except RefusedError:
                return False
        now = self._ports.clock.now_ms() // 1000
        access, view = self._ports.access, self._ports.view
        verdict = judge_update(access, view, Update(theirs, ours), now, accepting=True)
        return not failing(verdict.findings)

    def _move(self, state: RemoteState, theirs: str, ours: str, collected: Collected) -> str:
        """Park, spool, move; in this order, under the writer lock."""
        names, refs = self._tools.names, self._ports.refs
        with self._ports.lock.hold(self._ports.patience):
            if refs.get(names.ref) != ours:
                text = f"{names.ref} moved in the meantime; nothing was changed, try again"
                raise RefMovedError(Code.STALE, text)
            self._tools.ledger.remember(theirs, state.height, state.known)
            parked = self._park(ours)
            for key, records in collected.batches:
                name = self._tools.ids.uuid7(self._ports.clock.now_ms())
                self._tools.spool.put(key, name, records)
            refs.swap(names.ref, theirs, ours)
        return parked

    def _park(self, ours: str) -> str:
        """Keep the old entries by a ref; one that an interrupted call left is good enough."""
        refs = self._ports.refs
        for name in self._tools.parked():
            if refs.get(name) == ours:
                return name
        moment = format_time(self._ports.clock.now_ms())
        name = PARKED + moment.replace(":", "").replace("-", "").replace(".", "")
        refs.swap(name, ours, None)
        return name

    def _append(self, theirs: str, parked: str, collected: Collected) -> Reappended:
        count = sum(len(records) for _, records in collected.batches)
        warnings: list[Notice] = []
        entries: set[str] = set()
        landed = 0
        first = {key for key, _ in collected.batches} - collected.amending
        try:
            for receipt in self._tools.recorder.flush(first):
                landed += receipt.state is not RecordState.SPOOLED
                entries |= {receipt.entry} if receipt.entry is not None else set()
                warnings += receipt.warnings
            self._tools.settle()
        except GitprovError as reason:
            warnings.append(Notice(reason.code, reason.message))
        return Reappended(
            remote=self._tools.names.remote,
            tip=self._ports.refs.get(self._tools.names.ref) or theirs,
            parked=parked,
            records=count,
            known=collected.known,
            left=tuple(collected.left),
            entries=len(entries),
            waiting=max(count - landed, 0),
            warnings=tuple(warnings),
        )
