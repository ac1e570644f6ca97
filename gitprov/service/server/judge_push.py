"""Judges a whole push to the server that holds the ledger (7.1).

Every update is judged, each ``old..new`` by itself: what is parked on another branch of the
server is as new to the ledger as what the push brings. One bad update refuses all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gitprov.codec.commit import read_links
from gitprov.errors import Code, GitprovError
from gitprov.guard.push_names import RefRole
from gitprov.guard.push_rules import (
    MOST_GUARDED,
    RefState,
    check_move,
    check_place,
    role_in_push,
)
from gitprov.model.finding import Finding, error, failing
from gitprov.model.push import RefUpdate
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.judge_notes import NotesJudge
from gitprov.service.verify.update import Update, judge_update

_LONGEST_CHAIN = 5


class ServerRefs(Protocol):
    """Reads the server's refs raw."""

    def value(self, name: str) -> str | None:
        """Return an object id, ``ref: <other>``, or None if the ref is absent."""
        ...

    def target(self, name: str) -> str | None:
        """Return the name that a symbolic ref holds, None if it is direct, absent or no name."""
        ...


@dataclass(frozen=True, slots=True)
class Push:
    """A push as the hook gets it.

    Args:
        updates: every line.
        ledger_ref: the configured ledger's ref.
        genesis: the pinned genesis, None lets any in.
        is_quarantined: new objects are in quarantine.
        is_namespaced: the names are those of a Git namespace, so not the true ones (P-18).
        landed: returns the tips that a ref is known to have had.
    """

    updates: Sequence[RefUpdate]
    ledger_ref: str
    genesis: str | None
    is_quarantined: bool
    is_namespaced: bool
    landed: Callable[[str], tuple[str, ...]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class JudgedRef:
    """One guarded update and what is wrong with it; warnings are among the findings."""

    update: RefUpdate
    findings: tuple[Finding, ...]
    entries: int = 0

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that refuse it: "could not find out" is not a yes."""
        return tuple(failing(self.findings))


@dataclass(frozen=True, slots=True)
class GuardedUpdate:
    """An update of a guarded name, and the server's state of it."""

    update: RefUpdate
    role: RefRole
    state: RefState


class PushJudge:
    """Judges one push.

    Args:
        push: what the pusher wants.
        refs: the server's refs.
        open_access: opens the objects, quarantine included; called if a guarded ref moves.
        now: the server's clock, Unix seconds.
    """

    def __init__(
        self,
        push: Push,
        refs: ServerRefs,
        open_access: Callable[[], LedgerAccess],
        now: int,
    ) -> None:
        self._push = push
        self._refs = refs
        self._open_access = open_access
        self._now = now

    def guarded(self) -> list[GuardedUpdate]:
        """Return the updates that are gitprov's business.

        Raises:
            StorageError: GPV-500-INTERNAL, GPV-500-STORE-CORRUPT, a ref cannot be read.
        """
        found = []
        for update in self._push.updates:
            # In a namespace Git itself refuses symbolic refs that lead out of it.
            leads_to = None if self._push.is_namespaced else self._follow(update.name)
            role = role_in_push(update.name, leads_to, self._push.ledger_ref)
            if role is not RefRole.FREE:
                found.append(GuardedUpdate(update, role, RefState(None, leads_to)))
        return found

    def judge(self, guarded: Sequence[GuardedUpdate]) -> list[JudgedRef]:
        """Judge every guarded update; it never raises for what a push brings."""
        if len(guarded) > MOST_GUARDED:
            text = f"{len(guarded)} guarded refs in one push; at most {MOST_GUARDED}"
            return [JudgedRef(guarded[0].update, (error(Code.LIMIT, text),))]
        judged = []
        movable = []
        for each in guarded:
            try:
                known = replace(each, state=self._state(each))
                finding = self._check(known)
            except GitprovError as reason:
                finding = error(reason.code, reason.message, each.update.name)
            if finding is None:
                movable.append(each)
            else:
                judged.append(JudgedRef(each.update, (finding,)))
        return [*judged, *(self._judge_objects(movable) if movable else [])]

    def _state(self, each: GuardedUpdate) -> RefState:
        if self._push.is_namespaced:
            return each.state
        forbidden = each.role is RefRole.FORBIDDEN
        value = None if forbidden else self._refs.value(each.update.name)
        return RefState(value, each.state.leads_to, self._follow("HEAD"))

    def _check(self, each: GuardedUpdate) -> Finding | None:
        if self._push.is_namespaced:
            text = "a ledger cannot live in a Git namespace; push without GIT_NAMESPACE"
            return error(Code.REPO_UNSUPPORTED, text, each.update.name)
        refused = check_place(each.update, each.role, each.state)
        if refused is None:
            quarantined = self._push.is_quarantined
            refused = check_move(each.update, each.state, is_quarantined=quarantined)
        return refused

    def _follow(self, name: str) -> str | None:
        """The last name of the chain that a symbolic ref begins, None for a direct one."""
        last = None
        for _ in range(_LONGEST_CHAIN):
            target = self._refs.target(last or name)
            if target is None:
                break
            last = target
        return last

    def _judge_objects(self, movable: Sequence[GuardedUpdate]) -> list[JudgedRef]:
        try:
            access = self._open_access()
        except GitprovError as reason:
            finding = error(reason.code, reason.message)
            return [JudgedRef(each.update, (finding,)) for each in movable]
        view = LedgerView(access.reader, access.engine)
        ledgers = [each.update for each in movable if each.role is RefRole.LEDGER]
        notes = [each.update for each in movable if each.role is RefRole.NOTES]
        judged = [self._judge_ledger(access, view, update) for update in ledgers]
        return [*judged, *(self._judge_notes(view, update, ledgers) for update in notes)]

    def _judge_ledger(self, access: LedgerAccess, view: LedgerView, update: RefUpdate) -> JudgedRef:
        try:
            landed = self._push.landed(update.name)
            wanted = Update(update.old, update.new or "", self._push.genesis, landed)
            verdict = judge_update(access, view, wanted, self._now, accepting=True)
        except GitprovError as reason:
            return JudgedRef(update, (error(reason.code, reason.message, update.name),))
        return JudgedRef(update, verdict.findings, verdict.entries)

    def _judge_notes(
        self, view: LedgerView, update: RefUpdate, ledgers: Sequence[RefUpdate]
    ) -> JudgedRef:
        name = self._push.ledger_ref
        try:
            tip = next((each.new for each in ledgers if each.name == name), None)
            tip = tip or self._refs.value(name)
            judge = NotesJudge(view, None if tip is None else read_links(view.commit(tip))[0])
            findings = judge.judge(update.old, update.new or "")
        except GitprovError as reason:
            findings = [error(reason.code, reason.message)]
        return JudgedRef(update, tuple(replace(f, path=f.path or update.name) for f in findings))
