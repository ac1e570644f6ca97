"""Step V11 for one entry: may this signer add these records?"""

from __future__ import annotations

from gitprov.codec.records import parse_record
from gitprov.errors import Code, RecordError
from gitprov.guard.authority import check_permission, find_signer
from gitprov.guard.limits import check_record_size
from gitprov.model.finding import Finding, error
from gitprov.model.ids import record_path
from gitprov.model.run import RunRecord
from gitprov.service.judge.case import EntryCase
from gitprov.service.judge.files import JudgedFile
from gitprov.service.ledger.view import Authority, LedgerView


def judge_permissions(
    view: LedgerView, case: EntryCase, accepting: Authority | None
) -> list[Finding]:
    """Judge every record of an entry against its signer's rights.

    Args:
        view: the ledger.
        case: the entry.
        accepting: for an entry off the mainline also the authority of the merge that brought
            it in, which judges again (2.8).
    """
    signer = case.signed.signer
    if signer is None:
        return []
    again = None if accepting is None else find_signer(accepting.policy, signer.key)
    findings: list[Finding] = []
    for file in case.files:
        if not file.is_record or file.record is None:
            continue
        actor_kind = str(getattr(file.record, "mutation").actor_kind)  # noqa: B009
        agent_name, missing = _agent_name(view, file, case.commit.tree)
        findings += missing
        reasons = check_permission(signer, file.kind, actor_kind, agent_name, file.path)
        if again is not None and accepting is not None:
            reasons += check_permission(again, file.kind, actor_kind, agent_name, file.path)
            most = accepting.policy.rules.max_record_bytes
            reasons += check_record_size(file.size, most, file.path)
        findings += dict.fromkeys(reasons)
    return findings


def _agent_name(view: LedgerView, file: JudgedFile, tree: str) -> tuple[str | None, list[Finding]]:
    """The agent that V11 judges; an amendment's is its run's, which must exist (V15)."""
    record = file.record
    if record is None or record.kind != "amendment":
        return getattr(record, "agent_name", None), []
    oid = view.find(tree, record_path("run", record.run_id))
    if oid is None:
        return None, [error(Code.LINK, f"there is no run {record.run_id}", file.path)]
    try:
        run = parse_record(view.blob(oid), "run")
    except RecordError:
        return None, []
    return (run.agent_name if isinstance(run, RunRecord) else None), []
