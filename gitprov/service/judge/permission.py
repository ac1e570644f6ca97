"""Steps V2 and V11: does the policy let this signer add these records, of this size?

Writer, hook and verifier ask the same functions.
"""

from __future__ import annotations

from collections.abc import Callable

from gitprov.codec.records import amended
from gitprov.errors import Code, RecordError
from gitprov.guard.authority import check_permission, find_signer
from gitprov.guard.limits import check_record_size
from gitprov.model.finding import Finding, error
from gitprov.model.frozen import Model
from gitprov.model.kinds import Record
from gitprov.model.policy import Policy, SignerRule
from gitprov.model.run import RunRecord
from gitprov.service.judge.case import EntryCase
from gitprov.service.ledger.record_files import read_run
from gitprov.service.ledger.view import Authority, LedgerView

RunOf = Callable[[str], RunRecord | None]
"""Run id -> the run, None if there is no such run; RecordError if it is unreadable."""


def judge_permissions(
    view: LedgerView, case: EntryCase, accepting: Authority | None
) -> list[Finding]:
    """Judge every record of an entry against its signer's rights.

    Args:
        accepting: for an entry off the mainline also the authority of the merge that added
            it in, which judges again (2.8).
    """
    signer = case.signed.signer
    if signer is None:
        return []
    again = None if accepting is None else find_signer(accepting.policy, signer.key)
    run_of = runs_on_ledger(view, case.commit.tree)
    findings: list[Finding] = []
    for file in case.files:
        if not isinstance(file.record, Record):
            continue
        reasons = check_signer(file.record, file.path, signer, run_of)
        if again is not None and accepting is not None:
            reasons += check_rights(
                file.record, file.size, file.path, again, accepting.policy, run_of
            )
        findings += dict.fromkeys(reasons)
    return findings


def check_rights(
    record: Record, size: int, path: str, signer: SignerRule, policy: Policy, run_of: RunOf
) -> list[Finding]:
    """Judge one record against a policy: its size (V2) and its signer's rights (V11)."""
    findings = check_record_size(size, policy.rules.max_record_bytes, path)
    return findings + check_signer(record, path, signer, run_of)


def check_signer(record: Record, path: str, signer: SignerRule, run_of: RunOf) -> list[Finding]:
    """Judge one record against its signer's rights (V11).

    An amendment is judged by the agent of its run, which must exist (V15), and with its changes
    the run must still be a valid one (2.4).
    """
    findings: list[Finding] = []
    agent = getattr(record, "agent_name", None)
    if record.kind == "amendment":
        run_id = record.run_id
        try:
            run = run_of(run_id)
        except RecordError:
            run = None  # judged where the run was added
        else:
            findings += _check_changes(record.changes, run, path)
            if run is None:
                findings.append(error(Code.LINK, f"there is no run {run_id} to amend", path))
        agent = None if run is None else run.agent_name
    actor_kind = str(record.mutation.actor_kind)
    return findings + check_permission(signer, record.kind, actor_kind, agent, path)


def _check_changes(changes: Model | None, run: RunRecord | None, path: str) -> list[Finding]:
    if changes is None or run is None:
        return []
    try:
        amended(run, changes)
    except RecordError as reason:
        return [error(reason.code, f"with these changes {reason.message}", path)]
    return []


def runs_on_ledger(view: LedgerView, root: str) -> RunOf:
    """Return a function from run id to run, for runs in a root tree."""
    return lambda run_id: read_run(view, root, run_id)
