"""Sends the ledger: follow the remote, merge if both moved, push, and again if overtaken (7.3).

A merge is a candidate that only the remote's word makes real. Until then the ref here stays
where it is, so that a lost race leaves an object and nothing else: the next attempt merges our
own tip again, never an earlier merge, and a kill at any point loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gitprov.errors import Code, RefMovedError, RefusedError, StorageError
from gitprov.model.receipt import Notice
from gitprov.model.remote import PushAnswer, PushState
from gitprov.model.synced import Pushed
from gitprov.service.ledger.new_entries import find_new_entries
from gitprov.service.ledger.relation import TipRelation, relate
from gitprov.service.ledger.tip import read_tip, ref_gone, require_tip
from gitprov.service.sync.merge_entry import MergeMaker
from gitprov.service.sync.pull_ledger import require_landable
from gitprov.service.sync.push_answers import as_failure, as_refusal, code_of, may_be_race
from gitprov.service.sync.remote_ledger import FollowResult, RemoteLedger, RemoteNames, RemotePorts
from gitprov.service.sync.send_steps import TOO_MUCH, PushStep, StepSize, plan_steps

_ATTEMPTS = 30
_BUDGET_MS = 300_000
# So often a remote may answer like a lost race although its tip stays; then it is a refusal.
_STANDSTILLS = 5
# A hook may refuse only because another push came in between.
_DOUBTFUL = frozenset({None, Code.NON_FF})
_REFUSALS = 2
_PART_OF_THEIRS = frozenset({TipRelation.EQUAL, TipRelation.BEHIND})


@dataclass(frozen=True, slots=True)
class PushTools:
    """The tools of a push.

    Args:
        ledger: the remote's ledger.
        pause: waits before another attempt, given its number and how long one took (ms).
        derive: updates the notes here once the ledger has moved.
        send_notes: sends the notes; given our tip and the remote's notes.
        size: how many entries go in one push.
    """

    ports: RemotePorts
    names: RemoteNames
    ledger: RemoteLedger
    merger: MergeMaker
    pause: Callable[[int, int], None]
    derive: Callable[[str | None, str, str | None], tuple[Notice, ...]]
    send_notes: Callable[[str, str | None], tuple[Notice, ...]]
    size: StepSize = field(default_factory=StepSize)


@dataclass(slots=True)
class _Progress:
    """The progress of a push.

    Args:
        origin: our tip when it began.
        tip: the remote's tip as we know it.
        sent: entries that the remote has taken.
        merges: of these, merge entries made here.
        received: entries of the remote that are new here.
        attempts: how many there were.
        records: kind -> count of what was received.
        unsure: what was offered and perhaps not taken: its id, its entries, and the error if not.
        answer: the last answer that was not a yes.
        still: how often the remote did not move after such an answer.
        refusals: how many such answers in a row were no lost race by git's own word.
        shrunk: the last attempt was too large, so the next one need not wait.
    """

    origin: str | None = None
    tip: str | None = None
    sent: int = 0
    merges: int = 0
    received: int = 0
    attempts: int = 0
    records: dict[str, int] = field(default_factory=dict)
    unsure: tuple[str, int, StorageError | None] | None = None
    answer: PushAnswer | None = None
    still: int = 0
    refusals: int = 0
    shrunk: bool = False


class LedgerPusher:
    """Sends our ledger to the remote that accepts entries."""

    def __init__(self, tools: PushTools) -> None:
        self._tools = tools
        self._ports = tools.ports
        self._remote = tools.names.remote

    def push(self) -> Pushed:
        """Send what the remote has not; whatever happens, what is recorded here stays.

        Raises:
            RefusedError: the remote's ledger is bad or went backwards, ours cannot be merged,
                or the remote refuses it.
            RefMovedError: GPV-409-STALE, others were faster, too often or for too long.
            UsageError: GPV-404-NO-LEDGER, there is none here.
            GitprovError: as RemoteLedger.follow and MergeMaker.make.
        """
        progress = _Progress(origin=require_tip(self._ports.refs, self._tools.names.ref))
        started = self._ports.clock.now_ms()
        while True:
            begun = self._ports.clock.now_ms()
            progress.attempts += 1
            followed = self._follow(progress)
            if self._is_done(followed) or self._send(followed, progress):
                return self._finish(followed, progress)
            now = self._ports.clock.now_ms()
            if progress.shrunk:
                progress.shrunk = False
                progress.attempts -= 1
                continue
            if progress.attempts >= _ATTEMPTS or now - started > _BUDGET_MS:
                raise self._overtaken(progress, now - started)
            self._tools.pause(progress.attempts, now - begun)

    def _follow(self, progress: _Progress) -> FollowResult:
        try:
            followed = self._tools.ledger.follow()
        except StorageError as reason:
            raise ((progress.unsure and progress.unsure[2]) or reason) from reason
        state = followed.state
        progress.received += state.verdict.entries
        for kind, count in state.verdict.records.items():
            progress.records[kind] = progress.records.get(kind, 0) + count
        stands = state.tip == progress.tip
        if progress.unsure is not None:
            self._settle_unsure(progress, state.tip, stands=stands)
        if progress.answer is not None:
            progress.still = progress.still + 1 if stands else 0
            is_refused = progress.refusals and (stands or progress.refusals > _REFUSALS)
            if is_refused or progress.still >= _STANDSTILLS:
                raise as_failure(self._remote, progress.answer)
        progress.tip = state.tip
        return followed

    def _settle_unsure(self, progress: _Progress, tip: str | None, *, stands: bool) -> None:
        """Find out what became of an offer without an answer (F-27, F-28)."""
        if progress.unsure is None:
            return
        offered, count, reason = progress.unsure
        if stands or tip is None:
            if reason is not None:
                raise reason
        elif relate(self._ports.view, offered, tip).stand in {
            TipRelation.EQUAL,
            TipRelation.BEHIND,
        }:
            progress.sent += count
        progress.unsure = None

    def _is_done(self, followed: FollowResult) -> bool:
        relation = followed.relation
        if relation is not None and relation.stand in _PART_OF_THEIRS:
            return True
        require_landable(followed)
        return False

    def _send(self, followed: FollowResult, progress: _Progress) -> bool:
        """Send step by step; false if another process was faster."""
        ours = followed.after
        if ours is None:
            raise ref_gone(self._tools.names.ref)
        if followed.relation is None:
            new = find_new_entries(self._ports.view, None, ours)
            oids = tuple(new.topology.oid(position) for position in new.positions)
        else:
            oids = followed.relation.ours
        is_direct = followed.relation is None or followed.relation.stand is TipRelation.AHEAD
        if is_direct:
            # A server without a hook takes anything, and what it took counts as judged here.
            self._tools.merger.require_good(progress.tip, ours)
        for step in plan_steps(self._ports.view, oids, ours, self._tools.size.entries):
            offered: str | None = step.tip
            if not is_direct:
                offered = self._merge(progress.tip, step, ours)
            if offered is not None and not self._offer(offered, step, progress, direct=is_direct):
                return False
        return True

    def _merge(self, theirs: str | None, step: PushStep, ours: str) -> str | None:
        if theirs is None:
            return None
        merge = self._tools.merger.make(theirs, step.tip)
        if merge is None and step.tip == ours:
            remedy = "set them aside with: gitprov reappend"
            text = "every record of the entries here is on the remote already, in other entries"
            raise RefusedError(Code.MERGE_REWRITE, f"{text}; {remedy}", remedy=remedy)
        return merge

    def _offer(self, oid: str, step: PushStep, progress: _Progress, *, direct: bool) -> bool:
        names = self._tools.names
        count = step.entries + (0 if direct else 1)
        try:
            answer = self._ports.remotes.push(names.remote, oid, names.ref)
        except StorageError as reason:
            # Taken or not: the next look at the remote tells.
            progress.unsure, progress.answer = (oid, count, reason), None
            return False
        if answer.state in TOO_MUCH:
            self._shrink(step, answer, progress, (oid, count))
            return False
        if answer.state is not PushState.ACCEPTED:
            is_race = may_be_race(answer)
            if not is_race and code_of(answer) not in _DOUBTFUL:
                raise as_refusal(self._remote, answer)
            progress.answer = answer
            progress.refusals = 0 if is_race else progress.refusals + 1
            return False
        progress.answer, progress.refusals = None, 0
        progress.sent += count
        progress.merges += 0 if direct else 1
        self._accepted(oid, progress)
        return True

    def _shrink(
        self, step: PushStep, answer: PushAnswer, progress: _Progress, offered: tuple[str, int]
    ) -> None:
        """Offer less next time; what was cut off may have been taken."""
        progress.answer, progress.shrunk = None, True
        try:
            self._tools.size.shrink(self._remote, step.entries, answer)
            progress.unsure = (*offered, None)
        except StorageError as reason:
            if answer.state is PushState.TOO_LARGE:
                raise
            progress.unsure = (*offered, reason)

    def _accepted(self, oid: str, progress: _Progress) -> None:
        """Remember what the remote took, and let our ledger follow it."""
        names, known = self._tools.names, progress.tip
        progress.tip = oid
        height = read_tip(self._ports.view, oid).claims.height
        try:
            with self._ports.lock.hold(self._ports.patience):
                self._tools.ledger.remember(oid, height, known)
                ours = self._ports.refs.get(names.ref)
                if (
                    ours is not None
                    and relate(self._ports.view, ours, oid).stand is TipRelation.BEHIND
                ):
                    self._ports.refs.swap(names.ref, oid, ours)
        except RefMovedError:
            # Another process moved a ref here in the meantime; the next pull or push looks again.
            return

    def _finish(self, followed: FollowResult, progress: _Progress) -> Pushed:
        names, view = self._tools.names, self._ports.view
        tip = progress.tip
        ours = self._ports.refs.get(names.ref)
        if tip is None or ours is None:
            raise ref_gone(names.ref)
        warnings = list(self._tools.derive(progress.origin, ours, followed.state.notes))
        warnings += self._tools.send_notes(tip, followed.state.notes)
        warnings += self._tools.size.notices(self._remote)
        if followed.state.notes_error is not None:
            reason = followed.state.notes_error
            warnings.append(Notice(reason.code, f"the notes were not fetched: {reason.message}"))
        return Pushed(
            remote=self._remote,
            tip=tip,
            height=read_tip(view, tip).claims.height,
            sent=progress.sent,
            merges=progress.merges,
            received=progress.received,
            attempts=progress.attempts,
            moved=ours != progress.origin,
            left=len(relate(view, ours, tip).ours),
            records=dict(sorted(progress.records.items())),
            warnings=tuple(warnings),
        )

    def _overtaken(self, progress: _Progress, spent: int) -> RefMovedError:
        text = f"others were faster {progress.attempts} times in {spent // 1000} s"
        remedy = "everything is safe here; push again"
        return RefMovedError(Code.STALE, f"{text}; {remedy}", remote=self._remote, remedy=remedy)
