"""May this record enter? Asked before anything is written, and again when its turn comes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitprov.codec.records import to_bytes
from gitprov.errors import Code, GitprovError, RecordError, RefusedError
from gitprov.gitraw.item import object_id
from gitprov.guard.secrets import check_secrets, may_hold_secret
from gitprov.model.finding import Finding
from gitprov.model.ids import record_path
from gitprov.model.kinds import Document, Record
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.service.judge.files import JudgedFile, RecordJudge, check_recorded_at
from gitprov.service.judge.permission import RunOf, check_rights, runs_on_ledger
from gitprov.service.ledger.view import Authority, LedgerView
from gitprov.service.write.append_entry import NewFile


@dataclass(frozen=True, slots=True)
class Admitted:
    """A record that may enter, in the one form.

    Args:
        record: the model.
        content: its canonical bytes.
        path: its path in the ledger's tree.
        oid: the id of its blob.
        event_id: its edit_event_id.
    """

    record: Record
    content: bytes
    path: str
    oid: str
    event_id: str

    @property
    def record_id(self) -> str:
        """The record's own id."""
        return self.record.record_id

    def check_rights(
        self, signer: SignerRule, authority: Authority, run_of: RunOf
    ) -> list[Finding]:
        """Judge it against a signer's rights and the policy's limits (V2, V11)."""
        size, policy = len(self.content), authority.policy
        return check_rights(self.record, size, self.path, signer, policy, run_of)

    def new_file(self) -> NewFile:
        """Return it as a file of a new entry."""
        judged = JudgedFile(
            self.path, self.oid, self.record.kind, self.record_id, "", 0, self.record
        )
        return NewFile(self.path, self.content, judged.facts())


def admit(record: Record, judge: RecordJudge) -> Admitted:
    """Bring a new record into the one form and judge it on its own (V9, V10).

    Raises:
        RefusedError: HSK-403-SILENT-EDIT.
        RecordError: GPV-400-RECORD-FORM, GPV-413-LIMIT, GPV-422-SCHEMA (also for what looks
            like a credential: nothing can be taken off a ledger).
    """
    admitted = admit_bytes(to_bytes(record), record.kind, record.record_id, judge)
    if may_hold_secret(admitted.content):
        for finding in check_secrets(record.to_mapping(), admitted.path):
            raise as_error(finding)
    return admitted


def admit_bytes(content: bytes, kind: str, record_id: str, judge: RecordJudge) -> Admitted:
    """Judge canonical bytes on their own, as `admit` does."""
    path = record_path(kind, record_id)
    answer = judge.judge(content, kind, record_id, path)
    if isinstance(answer, list):
        raise as_error(answer[0])
    record = _require_record(answer)
    oid = object_id("blob", content)
    return Admitted(record, content, path, oid, record.mutation.edit_event_id)


def _require_record(document: Document) -> Record:
    if not isinstance(document, Record):
        raise RecordError(Code.SCHEMA, f"a {document.kind} cannot be recorded")
    return document


def as_error(finding: Finding) -> GitprovError:
    """Turn a finding about a record that was handed in into the error its caller sees."""
    if finding.code in {Code.RECORD_FORM, Code.SCHEMA, Code.TREE_FORM, Code.LIMIT}:
        return RecordError(finding.code, finding.message, path=finding.path)
    return RefusedError(finding.code, finding.message, path=finding.path)


def check_entering(
    item: Admitted,
    signer: SignerRule,
    authority: Authority,
    run_of: RunOf,
    seconds: int,
) -> list[Finding]:
    """Judge a record against the entry that would carry it now (V2, V9, V11).

    Args:
        item: the record.
        signer: who would sign it.
        authority: policy in force.
        run_of: run id -> that run, None if there is no such run.
        seconds: the entry's Unix seconds.
    """
    findings = check_recorded_at(item.record, item.path, seconds)
    return findings + item.check_rights(signer, authority, run_of)


def run_lookup(view: LedgerView, tree: str, waiting: Iterable[Admitted]) -> RunOf:
    """Return a function from run id to run, for runs on the ledger or about to be."""
    known = {i.record_id: i.record for i in waiting if isinstance(i.record, RunRecord)}
    on_ledger = runs_on_ledger(view, tree)
    return lambda run_id: known.get(run_id) or on_ledger(run_id)
