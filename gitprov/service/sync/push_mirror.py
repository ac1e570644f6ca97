"""Sends to a mirror what the accepting remote has accepted, and nothing else (7.3)."""

from __future__ import annotations

from gitprov.errors import Code, RefusedError, UsageError
from gitprov.model.remote import PushState
from gitprov.model.synced import Pushed
from gitprov.service.ledger.new_entries import find_new_entries
from gitprov.service.ledger.relation import TipRelation, relate
from gitprov.service.ledger.tip import read_tip
from gitprov.service.sync.push_answers import as_refusal
from gitprov.service.sync.remote_ledger import RemoteLedger, RemoteNames, RemotePorts
from gitprov.service.sync.send_steps import TOO_MUCH, StepSize, plan_steps


class MirrorPusher:
    """Fast-forwards a mirror to the last tip seen on the accepting remote.

    Args:
        names: what things of the mirror are called.
        ledger: the mirror's ledger.
        size: how many entries go in one push.
    """

    def __init__(
        self,
        ports: RemotePorts,
        names: RemoteNames,
        ledger: RemoteLedger,
        size: StepSize | None = None,
    ) -> None:
        self._size = size or StepSize()
        self._ports = ports
        self._names = names
        self._ledger = ledger

    def push(self, source: RemoteNames) -> Pushed:
        """Send what the mirror lacks; it never gets an entry that was not accepted first.

        Args:
            source: the accepting remote.

        Raises:
            UsageError: GPV-404-NO-LEDGER, nothing was accepted yet that we know of.
            RefusedError: GPV-409-SPLIT-VIEW, the mirror has entries that the accepting remote
                had not when we last looked; or the mirror refuses.
            GitprovError: as RemoteLedger.meet.
        """
        # The tracking ref is not a proof: any fetch moves it. This is what was judged here.
        seen = self._ports.seen.get(source.seen)
        if seen is None:
            remedy = f"push there first: gitprov push {source.remote}"
            text = f"nothing is known to be accepted by {source.remote!r}; {remedy}"
            raise UsageError(Code.NO_LEDGER, text, remedy=remedy)
        tip, state = seen[0], self._ledger.fetch_judged()
        oids = self._missing(tip, state.tip, source)
        known, sent = state.known, 0
        while sent < len(oids):
            for step in plan_steps(self._ports.view, oids[sent:], tip, self._size.entries):
                answer = self._ports.remotes.push(self._names.remote, step.tip, self._names.ref)
                if answer.state in TOO_MUCH:
                    self._size.shrink(self._names.remote, step.entries, answer)
                    break
                if answer.state is not PushState.ACCEPTED:
                    raise as_refusal(self._names.remote, answer)
                sent += step.entries
                self._remember(step.tip, known)
                known = step.tip
        if not sent:
            self._remember(tip, known)
        height = read_tip(self._ports.view, tip).claims.height
        received = state.verdict.entries
        warnings = self._size.notices(self._names.remote)
        remote = self._names.remote
        return Pushed(remote, tip, height, sent, 0, received, 1, moved=False, warnings=warnings)

    def _missing(self, tip: str, theirs: str | None, source: RemoteNames) -> tuple[str, ...]:
        view = self._ports.view
        if theirs is None:
            new = find_new_entries(view, None, tip)
            return tuple(new.topology.oid(position) for position in new.positions)
        relation = relate(view, tip, theirs)
        if relation.stand is TipRelation.EQUAL:
            return ()
        if relation.stand is TipRelation.AHEAD and relation.is_forward:
            return relation.ours
        remedy = f"look at both: gitprov pull {source.remote}, then push to the mirror again"
        text = f"the mirror {self._names.remote!r} has entries that {source.remote!r} had not"
        raise RefusedError(Code.SPLIT_VIEW, f"{text} when last seen; {remedy}", remedy=remedy)

    def _remember(self, tip: str, known: str | None) -> None:
        height = read_tip(self._ports.view, tip).claims.height
        with self._ports.lock.hold(self._ports.patience):
            self._ledger.remember(tip, height, known)
