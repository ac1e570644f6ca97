"""One sentence about every field, for the JSON Schema."""

from __future__ import annotations

from typing import Final

_COMMON: Final = {
    "schema_version": "the version of this schema",
    "kind": "the kind of document",
    "recorded_at": "when the record was made; the guard's timestamp",
    "mutation": "who caused the write, and in which job",
    "extensions": "additions that need no new version",
    "ledger_id": "the ledger, a UUIDv4",
    "agent_name": "who ran: agent, pipeline or job name",
    "sha256": "SHA-256 of the content",
    "size": "bytes",
    "store": "the kind of store that holds the payload, never credentials",
    "plan_digest": "SHA-256 of the canonical ledger_id, action, base_policy and plan",
    "phase": "the phase of the run",
    "reason": "why",
    "label_key": "the key of a label",
    "label_value": "the value of a label",
}
"""Fields that mean the same wherever they are."""

_RUN: Final = {
    "run_id": "unique in the ledger; its time is from started_at - 24 h to recorded_at + 10 min",
    "agent_version": "the version of the agent",
    "runner_id": "the machine or worker",
    "parent_run_id": "the run that started this one",
    "source": "where the record came from; recorded once",
    "started_at": "when the run began",
    "finished_at": "when it ended: not before started_at, at most 10 min after recorded_at",
    "status_before": "the state of the governed work before the run",
    "status_after": "the state of the governed work after the run",
    "run_status": "how the run ended",
    "input_context": "the state of the input, recomputable",
    "input_files": "files that were read, sorted by the bytes of the path, each once",
    "output_files": "files that were written, sorted by the bytes of the path, each once",
    "code_commits": "commits that the run made or describes, sorted by commit, each once",
    "artifacts": "artifact records of this run",
    "logs": "log records of this run",
    "command": "what was executed",
    "model": "the language model that did the work",
    "usage": "tokens",
    "cost": "what it cost",
    "metrics": "numbers of the user's own",
    "parameters": "parameters of the run",
    "environment": "chosen variables, never the whole environment",
    "labels": "labels of the user's own",
    "error": "why the run did not succeed",
    "notes": "anything else to say, not blank",
}

TEXTS: Final[dict[str, dict[str, str]]] = {
    "": _COMMON,
    "RunRecord": _RUN,
    "RunChanges": _RUN,
    "Mutation": {
        "actor_kind": "who acts; there is no default",
        "actor_id": "the person, model or service",
        "job_id": "the job; required for AI",
        "workflow_id": "the workflow; required for AI",
        "edit_event_id": "fresh for each accepted write",
        "resource_id": "kind and id of this record",
    },
    "Source": {
        "system": "the system that reported the run",
        "session_id": "its session",
        "turn_id": "its turn within the session",
    },
    "InputContext": {
        "method": "how the digest was made",
        "digest": "the digest of the input",
        "head_commit": "the commit that was checked out, or unborn",
        "dirty": "whether a named input differed from that commit",
    },
    "FileRef": {
        "path": "relative to the root of the repository",
        "git_oid": "the Git object id of the content",
    },
    "CodeCommit": {
        "commit": "the commit, never the null id",
        "tree": "its tree",
        "patch_id": "its stable patch id, which outlives a rebase",
    },
    "Command": {
        "argv": "program and arguments",
        "cwd": "the working directory, relative to the root of the repository",
        "exit_code": "the exit code",
    },
    "LanguageModel": {"provider": "who runs the model", "name": "the model"},
    "Usage": {
        "input_tokens": "tokens read, cached ones included",
        "output_tokens": "tokens written",
        "cache_read_tokens": "tokens read from a cache",
        "cache_creation_tokens": "tokens put into a cache",
        "reasoning_tokens": "tokens of reasoning",
    },
    "Cost": {"amount": "a decimal number as text", "currency": "a currency code of ISO 4217"},
    "RunError": {
        "code": "a code for machines",
        "message": "what went wrong",
        "details": "more about it",
    },
    "StateRecord": {
        "state_id": "the record's id",
        "run_id": "the run, which may not be recorded yet",
        "sequence": "rises within a run",
        "status": "what the run is doing",
        "progress": "numbers that show progress",
        "started_at": "when the run began",
        "last_error": "the last error, if there was one",
        "metadata": "more about the state",
    },
    "ArtifactRecord": {
        "artifact_id": "the record's id",
        "run_id": "the run that made it",
        "role": "what it is for",
        "media_type": "its media type",
        "name": "its name",
    },
    "LogRecord": {
        "log_id": "the record's id",
        "run_id": "the run that wrote it",
        "format": "the format of its lines",
        "first_at": "the time of the first line",
        "last_at": "the time of the last line",
        "lines": "how many lines",
    },
    "Amendment": {
        "amendment_id": "the record's id",
        "run_id": "the run that is corrected or withdrawn",
        "action": "what happens to the run",
        "changes": "the fields that change, with AMEND only",
    },
    "Proposal": {
        "proposal_id": "the record's id",
        "action": "what is proposed",
        "base_policy": "the number of the policy in force",
        "plan": "what exactly is to be done",
        "expires_at": "after this time it cannot be enacted",
    },
    "PolicyChange": {
        "policy_version": "the number of the new policy",
        "policy_digest": "the digest of its file",
        "keys": "the digest of each new certificate file by its path",
    },
    "ArtifactRemoval": {"artifacts": "digests of the payloads, sorted, each once"},
    "WithdrawRange": {
        "from_height": "the first acceptance height",
        "to_height": "the last acceptance height",
    },
    "LegalHold": {"scope": "what is held", "release": "whether the hold ends"},
    "HoldScope": {
        "run_id": "one run",
        "from": "the begin of a time range",
        "to": "the end of a time range",
    },
    "Approval": {
        "approval_id": "the record's id, with the time of the proposal's id",
        "proposal_id": "the proposal",
        "approver": "the owner's key that signs the entry",
        "decision": "the answer",
        "comment": "anything to add",
    },
    "Enactment": {"enactment_id": "the proposal's id"},
    "Tombstone": {"tombstone_id": "the proposal's id"},
    "LedgerDocument": {
        "created_at": "when the ledger was made",
        "predecessor": "the ledger that this one continues",
    },
    "Predecessor": {
        "tip": "the last entry of the predecessor",
        "height": "its height",
        "chain": "its chain digest",
    },
    "Policy": {
        "version": "the number of this policy, as in its path",
        "previous": "the digest of the policy before; absent in the first",
        "owners": "the persons who decide",
        "signers": "what each key may append",
        "rules": "limits of records",
        "retention": "how long payloads are kept; the first rule that matches decides",
    },
    "Owners": {"threshold": "how many persons must approve", "persons": "the owners"},
    "Person": {"name": "the owner's name", "keys": "the owner's keys"},
    "SignerRule": {
        "name": "the name of author and committer",
        "email": "the email of author and committer",
        "key": "the fingerprint of the primary key",
        "actor_kinds": "for whom the key may write",
        "agents": "globs on the agent name: * any characters, ? one",
        "kinds": "the kinds of record that the key may append",
        "revoked": "the key signs nothing any more",
    },
    "Revocation": {"from_height": "entries from this acceptance height on are disputed"},
    "Rules": {"max_record_bytes": "the greatest record"},
    "RetentionRule": {
        "kind": "the kind of record whose payload is meant",
        "media_type": "the media type of the payload",
        "minimum_days": "not deleted before",
        "maximum_days": "to be deleted after",
    },
}
"""By model and field; the empty name holds what all have in common."""


def text_of(model: str, field: str) -> str:
    """The sentence about a field; KeyError if there is none."""
    own = TEXTS[model].get(field)
    return _COMMON[field] if own is None else own
