"""The verification of a whole ledger, steps V0 to V17, as ``docs/verification.md`` numbers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gitprov.codec.commit import parse_entry, read_links
from gitprov.errors import Code, GitprovError
from gitprov.guard.pins import Pin, check_pins
from gitprov.model.entry import Trailers
from gitprov.model.finding import Finding, Severity, error, warning
from gitprov.model.ids import record_path
from gitprov.model.policy import Policy
from gitprov.model.report import Report
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.topology import Topology, walk
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.note_sum import NoteSum
from gitprov.service.notes.noted_runs import NotedRuns, apply_to_notes
from gitprov.service.notes.update import noted_line
from gitprov.service.verify.parallel import RangeTask, judge_all
from gitprov.service.verify.range import RangeSummary, payload_mark


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """The ledger to verify, and how.

    Args:
        tip: object id that the ref names, None if the ref is absent.
        genesis: the pinned genesis, None if there is no pin.
        pins: checkpoints and last tips seen.
        since: judge only entries accepted above this height.
        jobs: processes.
        now: the clock, Unix seconds.
        shallow: object ids that a ``shallow`` file names.
        preliminary: findings of V0 about the repository.
        notes: the notes ref as (commit, line) pairs, None to leave V17 out.
    """

    tip: str | None
    genesis: str | None
    pins: tuple[Pin, ...]
    since: int | None
    jobs: int
    now: int
    shallow: frozenset[str]
    preliminary: tuple[Finding, ...]
    notes: Callable[[], NoteSum] | None


def verify_ledger(
    open_access: Callable[[], LedgerAccess],
    request: VerifyRequest,
    progress: Callable[[int, int], None],
) -> Report:
    """Verify a ledger and report everything found.

    Args:
        open_access: opens the ledger; called once in every process.
        request: what to verify.
        progress: called with (entries done, entries in all).
    """
    access = open_access()
    if request.tip is None:
        text = "there is no ledger at this ref; `gitprov init` makes one, `git fetch` fetches one"
        gone = check_pins(None, None, request.pins, {}, -1)
        # Who expects a certain ledger here has lost it; anybody else has just not fetched one.
        severity = Severity.ERROR if request.pins or request.genesis else Severity.UNKNOWN
        missing = Finding(Code.NO_LEDGER, text, severity=severity)
        findings = (*request.preliminary, *gone, missing)
        return Report(None, None, None, -1, 0, {}, {}, 0, False, access.engine.name, findings)
    return _Verification(open_access, access, request, request.tip, progress).run()


class _Verification:
    def __init__(
        self,
        open_access: Callable[[], LedgerAccess],
        access: LedgerAccess,
        request: VerifyRequest,
        tip: str,
        progress: Callable[[int, int], None],
    ) -> None:
        self._open_access = open_access
        self._access = access
        self._view = LedgerView(access.reader, access.engine)
        self._request = request
        self._tip = tip
        self._progress = progress

    def run(self) -> Report:
        topology = walk(lambda oid: read_links(self._view.commit(oid))[1], self._tip)
        genesis = None if topology.oid(0) in topology.unreadable else topology.oid(0)
        # Where the first entry cannot be read, the others are still held to one ledger.
        claims = self._claims(topology.oid(0)) or self._claims(self._tip)
        policy = self._policy()
        revoked = {} if policy is None else _revocations(policy)
        task = RangeTask(
            self._open_access,
            topology,
            None if claims is None else claims.ledger_id,
            self._request.now,
            frozenset(revoked),
        )
        start = self._start(topology)
        summary = self._judge(task, start)
        tip_claims = self._claims(self._tip)
        findings = [
            *self._request.preliminary,
            *self._check_shallow(topology),
            *summary.findings,
            *_disputed(topology, summary, revoked, self._height_of),
            *_repeats(topology, summary),
            *_missing_commits(summary),
            *self._check_since(),
            *self._check_pins(topology, genesis),
            *(self._check_whole(topology, summary) if start == 0 else []),
        ]
        return Report(
            ledger_id=task.ledger_id,
            genesis=genesis,
            tip=self._tip,
            height=-1 if tip_claims is None else tip_claims.height,
            entries=summary.entries,
            records=dict(sorted(summary.records.items())),
            signers=dict(sorted(summary.signers.items())),
            policy=0 if policy is None else policy.version,
            pinned=self._request.genesis is not None,
            engine=self._access.engine.name,
            findings=tuple(findings),
        )

    def _judge(self, task: RangeTask, start: int) -> RangeSummary:
        total = len(task.topology) - start
        done = 0

        def advance(more: int) -> None:
            nonlocal done
            done += more
            self._progress(done, total)

        return judge_all(task, start, self._request.jobs, advance)

    def _claims(self, oid: str) -> Trailers | None:
        try:
            return parse_entry(self._view.commit(oid))[1]
        except GitprovError:
            return None

    def _height_of(self, oid: str) -> int:
        claims = self._claims(oid)
        return -1 if claims is None else claims.height

    def _policy(self) -> Policy | None:
        try:
            tree = read_links(self._view.commit(self._tip))[0]
            return None if tree is None else self._view.authority(tree).policy
        except GitprovError:
            return None

    def _start(self, topology: Topology) -> int:
        """The first position whose acceptance height is above ``since``."""
        if self._request.since is None:
            return 0
        low, high = 0, len(topology)
        while low < high:
            middle = (low + high) // 2
            accepted = self._height_of(topology.oid(topology.accepted_by[middle]))
            if accepted > self._request.since:
                high = middle
            else:
                low = middle + 1
        return low

    def _check_since(self) -> list[Finding]:
        """Who names a height has seen it; a ledger that ends below was cut off (V16)."""
        since, height = self._request.since, self._height_of(self._tip)
        if since is None or since <= height:
            return []
        text = f"the ledger ends at height {height}, below height {since} that was verified before"
        return [error(Code.ROLLBACK, text)]

    def _check_shallow(self, topology: Topology) -> list[Finding]:
        """V0: a shallow file that names an entry hides history from other tools (V-01)."""
        if not self._request.shallow:
            return []
        entries = {topology.oid(position) for position in range(len(topology))}
        named = sorted(self._request.shallow & entries)
        if not named:
            return []
        text = f"the repository's shallow file cuts the ledger at {named[0][:12]}; fetch it whole"
        return [error(Code.REPO_UNSUPPORTED, text)]

    def _check_pins(self, topology: Topology, genesis: str | None) -> list[Finding]:
        places: dict[str, bool] = {}
        wanted = {pin.tip for pin in self._request.pins}
        if wanted:
            for position in range(len(topology)):
                oid = topology.oid(position)
                if oid in wanted:
                    places[oid] = topology.is_mainline(position)
        height = self._height_of(self._tip)
        pinned, pins = self._request.genesis, self._request.pins
        if topology.unreadable:
            # Records behind an unreadable entry may exist or not; that is reported already.
            pinned = None if genesis is None else pinned
            pins = tuple(pin for pin in pins if pin.tip in places)
        return check_pins(pinned, genesis, pins, places, height)

    def _check_whole(self, topology: Topology, summary: RangeSummary) -> list[Finding]:
        """Return the findings that need every entry from the first one on (V15, V17)."""
        return _unknown_payloads(topology, summary) + self._check_notes(summary)

    def _check_notes(self, summary: RangeSummary) -> list[Finding]:
        """V17: the notes are what the ledger yields; they are derived, so it is a warning."""
        if self._request.notes is None:
            return []
        try:
            expected, found = self._expected_notes(summary), self._request.notes()
        except GitprovError as reason:
            return [warning(Code.NOTE_REWRITE, f"the notes cannot be read: {reason.message}")]
        if found.value == expected.value:
            return []
        text = "the notes differ from the ledger; run `gitprov notes rebuild`"
        return [warning(Code.NOTE_REWRITE, text)]

    def _expected_notes(self, summary: RangeSummary) -> NoteSum:
        total = NoteSum(summary.notes)
        if not summary.amended:
            return total
        runs = NotedRuns(self._view, read_links(self._view.commit(self._tip))[0])
        for run_id in summary.amended:
            noted = runs.find(run_id)
            if noted is None:
                continue
            plain = noted_line(apply_to_notes(noted.recorded, ()))
            for link in noted.recorded.code_commits or ():
                total.remove(link.commit, plain)
            for link in noted.current.code_commits or ():
                total.add(link.commit, noted_line(noted))
        return total


def _revocations(policy: Policy) -> dict[str, int]:
    return {s.key: s.revoked.from_height for s in policy.signers if s.revoked is not None}


def _disputed(
    topology: Topology,
    summary: RangeSummary,
    revoked: dict[str, int],
    height_of: Callable[[str], int],
) -> list[Finding]:
    """Entries of a revoked key accepted at or above its ``from_height`` (6.1)."""
    findings = []
    for position, height, key in summary.disputable:
        acceptor = topology.accepted_by[position]
        accepted = height if acceptor == position else height_of(topology.oid(acceptor))
        if accepted >= revoked[key]:
            text = f"disputed: its key {key} is revoked from height {revoked[key]} on"
            finding = warning(Code.KEY_REVOKED, text)
            findings.append(replace(finding, entry=topology.oid(position), height=height))
    return findings


def _repeats(topology: Topology, summary: RangeSummary) -> list[Finding]:
    findings = []
    for finder, what in ((summary.events, "edit_event_id"), (summary.sources, "source")):
        for position in finder.repeated_positions():
            text = f"a record repeats the {what} of an earlier one"
            finding = warning(Code.DUPLICATE, text)
            findings.append(replace(finding, entry=topology.oid(position)))
    return findings


def _unknown_payloads(topology: Topology, summary: RangeSummary) -> list[Finding]:
    """V15: what a tombstone says was removed was on this ledger (6.2)."""
    known = set(summary.payloads) if summary.tombstones else set()
    findings = []
    for position, proposal_id in summary.tombstones:
        unknown = [
            digest
            for digest in summary.removals.get(proposal_id, ())
            if payload_mark(digest) not in known
        ]
        if unknown:
            text = f"{len(unknown)} of its payloads are on no record here, {unknown[0]} for one"
            path = record_path("tombstone", proposal_id)
            finding = error(Code.LINK, text, path)
            findings.append(replace(finding, entry=topology.oid(position)))
    return findings


def _missing_commits(summary: RangeSummary) -> list[Finding]:
    count = len(summary.missing_commits)
    if not count:
        return []
    example = min(summary.missing_commits)[:12]
    text = f"{count} code commits named by runs are not in this repository, {example} for one"
    return [warning(Code.LINK, text)]


def unreadable_ledger(reason: GitprovError, engine: str) -> Report:
    """Report a repository that cannot be opened at all (V0)."""
    finding = error(reason.code, reason.message)
    return Report(None, None, None, -1, 0, {}, {}, 0, False, engine, (finding,))
