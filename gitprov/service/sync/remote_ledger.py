"""The ledger of a remote: fetched, compared with earlier tips, judged, followed (7.3, V16).

Nothing that a remote shows is taken over before it was judged; a remote whose ledger went
backwards, or aside, stops everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitprov.errors import (
    Code,
    GitprovError,
    RefMovedError,
    RefusedError,
    StorageError,
)
from gitprov.guard.pins import Pin
from gitprov.model.finding import Finding
from gitprov.service.judge.require_good import require_good
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.relation import Relation, TipRelation, check_rewind, relate
from gitprov.service.ledger.tip import read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.refs import RefStore
from gitprov.service.ports.remotes import Remotes, SeenTips
from gitprov.service.ports.writing import WriterLock
from gitprov.service.verify.update import Update, UpdateVerdict, judge_update

_RACES = 10
_LISTINGS = 5
NOTHING = UpdateVerdict(None, 0, {}, ())


@dataclass(frozen=True, slots=True)
class RemoteNames:
    """The names of a remote's ledger, here and there.

    Args:
        ref: the ledger's ref, here and there.
        notes: the notes ref, here and there.
        tracking: the ref that holds the remote's last tip.
        seen: the key of the same tip in the other memory.
    """

    remote: str
    ref: str
    notes: str
    tracking: str
    seen: str


@dataclass(frozen=True, slots=True)
class RemotePorts:
    """The adapters for a remote's ledger."""

    remotes: Remotes
    seen: SeenTips
    refs: RefStore
    access: LedgerAccess
    view: LedgerView
    lock: WriterLock
    clock: Clock
    patience: float


@dataclass(frozen=True, slots=True)
class RemoteState:
    """A remote's ledger as it was fetched and judged.

    Args:
        tip: its ledger's tip; None where it has no ledger.
        height: that entry's height; -1 without one.
        notes: its notes' tip, fetched; None where it has none.
        verdict: of the entries that are new since the last fetch.
        known: our tracking ref at that time.
        local: our own tip then; None where we have no ledger.
        relation: how ours compares with theirs; None if either is missing.
        notes_error: why the notes could not be fetched.
    """

    tip: str | None
    height: int
    notes: str | None
    verdict: UpdateVerdict
    known: str | None
    local: str | None
    relation: Relation | None
    notes_error: GitprovError | None = None


@dataclass(frozen=True, slots=True)
class FollowResult:
    """The result of following a remote.

    Args:
        state: what it has.
        before: our tip before.
        after: our tip now.
        relation: how ours compares with theirs now; None where the remote or we have no ledger.
    """

    state: RemoteState
    before: str | None
    after: str | None
    relation: Relation | None


class RemoteLedger:
    """One remote's ledger.

    Args:
        genesis: the pinned genesis; None if there is no pin.
    """

    def __init__(self, ports: RemotePorts, names: RemoteNames, genesis: str | None) -> None:
        self._ports = ports
        self._names = names
        self._genesis = genesis

    def follow(self) -> FollowResult:
        """Meet the remote, remember where it is, and fast-forward our ledger to it.

        Raises:
            RefusedError: GPV-409-ROLLBACK, GPV-409-SPLIT-VIEW, GPV-409-REPLAY, or what the
                judge found; nothing was moved.
            SignatureUnknownError: it could not be found out; nothing was moved.
            UsageError, StorageError: as Remotes; GPV-503-BUSY.
        """
        for _ in range(_RACES):
            try:
                return self.settle(self.fetch_judged())
            except RefMovedError:
                # Another pull, or a plain git fetch, came in between: look again.
                continue
        return self.settle(self.fetch_judged())

    def fetch_judged(self, *, any_ledger: bool = False) -> RemoteState:
        """Fetch and judge what the remote has; nothing is moved.

        Args:
            any_ledger: it may be another ledger than ours; only the pin counts then.

        Raises:
            GitprovError: as follow.
        """
        known = self._ports.refs.get(self._names.tracking)
        local = self._ports.refs.get(self._names.ref)
        pins = self._pins(known)
        tip, notes, notes_error = self._fetch(known, local)
        if tip is None:
            self._require_never_seen(pins)
            return RemoteState(None, -1, None, NOTHING, known, local, None)
        self._require_good(check_rewind(self._ports.view, tip, pins))
        verdict = self._judge(self._judged(), tip)
        relation = None if local is None else relate(self._ports.view, local, tip)
        if relation is not None and relation.stand is TipRelation.UNRELATED and not any_ledger:
            raise self._other_ledger()
        height = read_tip(self._ports.view, tip).claims.height
        return RemoteState(tip, height, notes, verdict, known, local, relation, notes_error)

    def look(self) -> tuple[str | None, tuple[Pin, ...]]:
        """Fetch what the remote has; return its tip and what was seen of it before.

        Nothing is judged and nothing is moved; that is verify's.

        Raises:
            UsageError, StorageError: as Remotes.
        """
        known = self._ports.refs.get(self._names.tracking)
        pins = self._pins(known)
        tip = self._fetch(known, self._ports.refs.get(self._names.ref))[0]
        return tip, tuple(pins)

    def settle(self, state: RemoteState) -> FollowResult:
        """Remember the tip and fast-forward our ledger, if it is only behind.

        Raises:
            RefMovedError: GPV-409-STALE, a ref is not where it was at the fetch.
            StorageError: GPV-503-BUSY, GPV-507-STORAGE.
        """
        if state.tip is None:
            return FollowResult(state, state.local, state.local, None)
        with self._ports.lock.hold(self._ports.patience):
            self.remember(state.tip, state.height, state.known)
            local = self._ports.refs.get(self._names.ref)
            relation = state.relation
            if local != state.local:
                # Something was recorded in the meantime, or a plain git fetch came in between.
                relation = None if local is None else relate(self._ports.view, local, state.tip)
            if relation is not None and relation.stand is TipRelation.UNRELATED:
                raise self._other_ledger()
            if relation is not None and relation.stand is not TipRelation.BEHIND:
                return FollowResult(state, local, local, relation)
            self._ports.refs.swap(self._names.ref, state.tip, local)
        equal = Relation(TipRelation.EQUAL, (), 0, is_forward=True)
        return FollowResult(state, local, state.tip, equal)

    def remember(self, tip: str, height: int, known: str | None) -> None:
        """Write down a tip of the remote that was judged; the caller holds the writer lock.

        Args:
            known: the tracking ref that the tip was compared with.

        Raises:
            RefMovedError: GPV-409-STALE, the tracking ref is elsewhere by now.
            StorageError: GPV-507-STORAGE.
        """
        found = self._ports.refs.get(self._names.tracking)
        if found not in (known, tip):
            raise RefMovedError(
                Code.STALE, f"{self._names.tracking} moved in the meantime; try again"
            )
        if self._ports.seen.get(self._names.seen) != (tip, height):
            self._ports.seen.put(self._names.seen, tip, height)
        if found != tip:
            self._ports.refs.swap(self._names.tracking, tip, found)

    def _pins(self, known: str | None) -> list[Pin]:
        pins = []
        seen = self._ports.seen.get(self._names.seen)
        height = self._height(known, seen)
        if known is not None and height is not None:
            pins.append(Pin(known, height, mainline=True, origin=self._names.tracking))
        if seen is not None and seen[0] != known:
            origin = f"the last look at {self._names.remote}"
            pins.append(Pin(*seen, mainline=True, origin=origin))
        return pins

    def _height(self, known: str | None, seen: tuple[str, int] | None) -> int | None:
        """The height of the tracking ref's entry; None where what is there is no entry."""
        if known is None:
            return None
        try:
            return read_tip(self._ports.view, known).claims.height
        except GitprovError:
            if seen is None or seen[0] == known:
                raise
            return None  # any fetch can put anything there; what is wrong with it, the judge says

    def _judged(self) -> str | None:
        """The remote's last tip that was judged here.

        Only remember writes it. The tracking ref is not a proof: a plain git fetch, or a refspec
        that is configured, moves it to any tip that the remote serves.
        """
        seen = self._ports.seen.get(self._names.seen)
        return None if seen is None else seen[0]

    def _fetch(
        self, known: str | None, local: str | None
    ) -> tuple[str | None, str | None, GitprovError | None]:
        """List and fetch until all that is listed is here; (tip, notes, error of the notes)."""
        names, remotes = self._names, self._ports.remotes
        notes_error: GitprovError | None = None
        for _ in range(_LISTINGS):
            tips = remotes.tips(names.remote, (names.ref, names.notes)).tips
            tip, notes = tips.get(names.ref), tips.get(names.notes)
            if tip is None:
                return None, None, None
            held = {known, local}
            wanted = [names.ref] if tip not in held else []
            if notes is not None and notes != self._ports.refs.get(names.notes):
                notes_error = self._fetch_notes(wanted)
                notes = None if notes_error else notes
            elif wanted:
                remotes.fetch(names.remote, wanted)
            if tip in held or self._has(tip):
                return tip, notes if notes is None or self._has(notes) else None, notes_error
        text = f"the ledger of {names.remote!r} moves faster than it can be fetched; try again"
        raise RefMovedError(Code.STALE, text)

    def _fetch_notes(self, wanted: Sequence[str]) -> GitprovError | None:
        """Fetch the notes along; they never hold up the ledger."""
        remotes, names = self._ports.remotes, self._names
        try:
            remotes.fetch(names.remote, [*wanted, names.notes])
        except StorageError as reason:
            if wanted:
                remotes.fetch(names.remote, wanted)
            return reason
        return None

    def _has(self, oid: str) -> bool:
        try:
            self._ports.access.reader.read(oid, 1 << 20)
        except StorageError as reason:
            return reason.code is not Code.STORE_CORRUPT
        return True

    def _judge(self, judged: str | None, tip: str) -> UpdateVerdict:
        if tip == judged:
            return NOTHING
        now = self._ports.clock.now_ms() // 1000
        update = Update(judged, tip, self._genesis)
        verdict = judge_update(self._ports.access, self._ports.view, update, now, accepting=False)
        self._require_good(verdict.findings)
        return verdict

    def _require_good(self, findings: Iterable[Finding]) -> None:
        text = f"nothing of {self._names.remote!r} was taken over: "
        require_good(findings, text, remote=self._names.remote)

    def _require_never_seen(self, pins: Sequence[Pin]) -> None:
        if not pins:
            return
        text = f"the remote {self._names.remote!r} no longer has a ledger at {self._names.ref}"
        raise RefusedError(
            Code.ROLLBACK,
            f"{text}, which was at height {pins[0].height}; find out who removed it",
            remote=self._names.remote,
        )

    def _other_ledger(self) -> RefusedError:
        text = f"the ledger of {self._names.remote!r} and the one here have no entry in common"
        remedy = "compare the genesis on both sides; your own records move over with: "
        return RefusedError(
            Code.REPLAY, f"{text}; {remedy}gitprov reappend", remote=self._names.remote
        )
