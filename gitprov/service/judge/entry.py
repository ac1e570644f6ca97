"""The judgement of one entry, steps V2 to V15: the same in writer, hook and verifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.guard.authority import GOVERNANCE_KINDS
from gitprov.guard.clock import check_time
from gitprov.guard.limits import FILE_LIMIT
from gitprov.model.entry import CommitForm
from gitprov.model.finding import UNKNOWN_CODES, Finding, by_precedence, error
from gitprov.service.judge.case import EntryCase, EntryPosition, JudgedEntry, read_entry
from gitprov.service.judge.files import JudgedFile, RecordJudge, judge_files
from gitprov.service.judge.message import judge_message
from gitprov.service.judge.permission import judge_permissions
from gitprov.service.judge.shape import judge_shape
from gitprov.service.judge.signature import SignedBy, judge_signature
from gitprov.service.judge.stages import Stages, finish
from gitprov.service.ledger.tree_changes import TreeChange, TreeComparison
from gitprov.service.ledger.view import Authority, Certificate, LedgerView
from gitprov.service.ports.signatures import SignatureEngine

# After one of these the content is not known for sure, and what follows from it (governance,
# message, chain) cannot be judged.
_BREAKS_CONTENT = frozenset(
    {
        Code.LIMIT,
        Code.TREE_FORM,
        Code.RECORD_FORM,
        Code.SCHEMA,
        Code.NEWER_SCHEMA,
        Code.SILENT_EDIT,
        Code.APPEND_ONLY,
        Code.MERGE_REWRITE,
        Code.STORE_CORRUPT,
        # A file that was not fetched, or may not be read: "could not find out", never "bad".
        Code.REPO_UNSUPPORTED,
        Code.INTERNAL,
    }
)


class EntryJudge:
    """Judges entries of one ledger.

    Args:
        ledger_id: the ledger's id, from its genesis; None while the genesis itself is judged.
        now: the judge's clock, Unix seconds.
        accepting: entries are being let in (writer, hook), not looked at afterwards.
        records: judges records; a writer's remembers.
    """

    def __init__(
        self,
        view: LedgerView,
        engine: SignatureEngine,
        ledger_id: str | None,
        now: int,
        *,
        accepting: bool,
        records: RecordJudge | None = None,
    ) -> None:
        self._view = view
        self._engine = engine
        self._ledger_id = ledger_id
        self._now = now
        self._accepting = accepting
        self._records = RecordJudge() if records is None else records

    def judge(self, oid: str, raw: bytes, place: EntryPosition) -> JudgedEntry:
        """Judge one entry and say everything that is wrong with it.

        Args:
            oid: its object id.
        """
        entry = read_entry(oid, raw)
        finish(self.stages(entry, place))
        return entry

    def stages(self, entry: JudgedEntry, place: EntryPosition) -> Stages[None]:
        """Judge one entry whose commit was read; how many files it adds is known after a stage."""
        if entry.commit is None:
            return
        try:
            findings = self._check_ledger(entry.commit, place)
            if not findings:
                findings = yield from self._judge_parts(entry, entry.commit, place)
        except (RecordError, StorageError) as reason:
            findings = [error(reason.code, reason.message)]
        height = None if entry.claims is None else entry.claims.height
        entry.findings = [replace(f, entry=entry.oid, height=height) for f in findings]

    def _check_ledger(self, commit: CommitForm, place: EntryPosition) -> list[Finding]:
        """A second genesis, or a parent in another ledger, is a replay whatever else it is."""
        if not commit.parents:
            if self._ledger_id is None:
                return []
            return [error(Code.REPLAY, "a second genesis; a ledger has one")]
        for parent in place.parents:
            if parent.claims is not None and parent.claims.ledger_id != self._ledger_id:
                text = f"its parent {parent.oid[:12]} belongs to {parent.claims.ledger_id}"
                return [error(Code.REPLAY, text)]
        return []

    def _judge_parts(
        self, entry: JudgedEntry, commit: CommitForm, place: EntryPosition
    ) -> Stages[list[Finding]]:
        in_force = place.parents[0].tree if place.parents else commit.tree
        before = self._authority(in_force)
        change, findings = self._compare(commit, place)
        findings += _check_parents(place)
        added = [] if change is None else change.added
        entry.added = len(added)
        yield
        limit = FILE_LIMIT if before is None else before.policy.rules.max_record_bytes
        entry.files, reasons = yield from judge_files(
            self._view.blob, self._records, added, limit, commit.seconds
        )
        findings += reasons
        yield
        if change is not None:
            findings += judge_shape(self._view, commit, place, change, entry.files)
        parents = [p.seconds for p in place.parents if p.seconds is not None]
        findings += check_time(commit.seconds, parents, self._now, accepting=self._accepting)
        if before is None:
            if not any(parent.unreadable for parent in place.parents):
                findings.append(self._no_policy(in_force))
            return by_precedence(findings)
        accepting = None if place.accepted_by is None else self._authority(place.accepted_by.tree)
        signed = yield from self._judge_signer(entry.files, commit, (before, accepting), place)
        yield
        entry.signer = signed.signer
        case = EntryCase(commit, place, before, entry.files, signed)
        findings += signed.findings
        findings += judge_permissions(self._view, case, accepting)
        return by_precedence(findings) + self._judge_whole(entry, case, change, findings)

    def _judge_whole(
        self,
        entry: JudgedEntry,
        case: EntryCase,
        change: TreeChange | None,
        findings: Sequence[Finding],
    ) -> list[Finding]:
        """Judge what follows from the content as a whole: governance, message, chain (V12, V13)."""
        breaks = {finding.code for finding in findings} & _BREAKS_CONTENT
        if change is None or breaks - {Code.NEWER_SCHEMA}:
            return []
        # The chain covers bytes: a record that only a newer gitprov can read does not hide a
        # change of it.
        message = judge_message(case, entry.claims, self._ledger_id)
        return message if breaks else self._judge_governance(case) + message

    def _no_policy(self, tree: str | None) -> Finding:
        text = "no policy in force can be read"
        try:
            self._view.authority(tree or "")
        except StorageError:
            return error(Code.POLICY, text)
        except GitprovError as reason:
            if reason.code in UNKNOWN_CODES:
                return error(reason.code, f"{text}: {reason.message}")
        return error(Code.POLICY, text)

    def _authority(self, tree: str | None) -> Authority | None:
        if tree is None:
            return None
        try:
            return self._view.authority(tree)
        except StorageError:
            raise
        except GitprovError:
            return None

    def _compare(
        self, commit: CommitForm, place: EntryPosition
    ) -> tuple[TreeChange | None, list[Finding]]:
        trees = [parent.tree for parent in place.parents if parent.tree is not None]
        if len(trees) < len(place.parents):
            return None, []
        try:
            return TreeComparison(self._view).compare(commit.tree, trees), []
        except (RecordError, StorageError) as reason:
            return None, [error(reason.code, reason.message)]

    def _judge_signer(
        self,
        files: Sequence[JudgedFile],
        commit: CommitForm,
        authorities: tuple[Authority, Authority | None],
        place: EntryPosition,
    ) -> Stages[SignedBy]:
        before, accepting = authorities
        renewal = self._renewal(files) if place.mainline else {}
        now = (self._now,) if self._accepting else ()
        signed = yield from judge_signature(self._view, commit, before, self._engine, renewal, now)
        if accepting is None or place.accepted_by is None or signed.signer is None:
            return signed
        moments = (place.accepted_by.seconds, *now)
        again = yield from judge_signature(self._view, commit, accepting, self._engine, {}, moments)
        more = tuple(f for f in again.findings if f not in signed.findings)
        return replace(signed, findings=signed.findings + more)

    def _renewal(self, files: Sequence[JudgedFile]) -> dict[str, Certificate]:
        renewal = {}
        for file in files:
            if file.kind == "key":
                key, _, number = file.name.partition("/")
                try:
                    renewal[key] = self._view.certificate(file.oid, int(number))
                except GitprovError:
                    continue
        return renewal

    def _judge_governance(self, case: EntryCase) -> list[Finding]:
        """V12; off the mainline and in merges there is no governance to judge (V14)."""
        signer = case.signed.signer
        if signer is None or len(case.commit.parents) > 1 or not case.place.mainline:
            return []
        if case.commit.parents and all(f.kind not in GOVERNANCE_KINDS for f in case.files):
            return []
        # Few entries govern anything; the models and rules for it are loaded for those alone.
        from gitprov.service.judge.governance import judge_governance

        now = self._now if self._accepting else None
        return judge_governance(self._view, case, signer.key, now)


def _check_parents(place: EntryPosition) -> list[Finding]:
    """V1: every parent is a commit; without it there is nothing to judge the entry by."""
    return [
        error(p.unreadable.code, f"its parent cannot be read: {p.unreadable.message}")
        for p in place.parents
        if p.unreadable is not None
    ]
