"""Valid documents of every kind as plain values, and a way to break them."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "data" / "vectors"

RUN_ID = "01a1c506-70fb-7e97-b00d-1c0ffee00123"
OTHER_ID = "01a1c509-8d60-7e97-b00d-1c0ffee0aa00"
RECORDED_AT = "2026-11-10T10:34:56.123Z"
LEDGER_ID = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
EVENT_ID = "5f0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f3"
JOB_ID = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1"
WORKFLOW_ID = "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
OWNER_KEY = "27F2F28E561C69A7E50A471AD5DC639308F50E65"
AGENT_KEY = "03D39DBD786B20F630945D30FD5324E8281ABF91"
SHA256 = "6f" * 32
DIGEST = f"sha256:{SHA256}"
OID = "2e" * 20


def head(kind: str, record_id: str = RUN_ID) -> dict[str, Any]:
    """What every record of the nine kinds begins with."""
    return {
        "schema_version": "v1.0",
        "kind": kind,
        f"{kind}_id": record_id,
        "recorded_at": RECORDED_AT,
        "mutation": {
            "actor_kind": "HUMAN",
            "actor_id": "olga",
            "edit_event_id": EVENT_ID,
            "resource_id": f"{kind}:{record_id}",
        },
    }


def run(**fields: Any) -> dict[str, Any]:
    """A run with nothing but what it must have."""
    mapping = {
        **head("run"),
        "agent_name": "4_DOCUMENTS",
        "started_at": "2026-11-10T10:30:00.000Z",
        "finished_at": "2026-11-10T10:34:55.900Z",
        "status_before": "IN_PROGRESS",
        "status_after": "CHECKED",
        "run_status": "SUCCESS",
        "input_context": {
            "method": "composite",
            "digest": SHA256,
            "head_commit": OID,
            "dirty": False,
        },
    }
    return {**mapping, **fields}


_OTHERS: dict[str, dict[str, Any]] = {
    "state": {
        "run_id": RUN_ID,
        "agent_name": "4_DOCUMENTS",
        "sequence": 0,
        "status": "RUNNING",
        "started_at": "2026-11-10T10:30:00.000Z",
    },
    "artifact": {
        "agent_name": "4_DOCUMENTS",
        "role": "phase_output",
        "media_type": "text/markdown",
        "name": "report",
        "sha256": SHA256,
        "size": 0,
        "store": "folder",
    },
    "log": {
        "run_id": RUN_ID,
        "agent_name": "4_DOCUMENTS",
        "format": "jsonl",
        "sha256": SHA256,
        "size": 12,
        "store": "folder",
    },
    "amendment": {
        "run_id": RUN_ID,
        "action": "AMEND",
        "changes": {"agent_version": "1.2.1", "labels": {}},
        "reason": "wrong version",
    },
    "proposal": {
        "action": "policy-change",
        "base_policy": 1,
        "plan": {"policy_version": 2, "policy_digest": DIGEST, "keys": {}},
        "plan_digest": DIGEST,
        "reason": "Bob joins",
        "expires_at": "2026-11-17T10:38:20.000Z",
    },
    "approval": {
        "proposal_id": RUN_ID,
        "plan_digest": DIGEST,
        "approver": OWNER_KEY,
        "decision": "APPROVE",
    },
    "enactment": {"plan_digest": DIGEST},
    "tombstone": {"reason": "asked for by the customer"},
}


def policy() -> dict[str, Any]:
    """A first policy with one owner and one agent key."""
    return {
        "schema_version": "v1.0",
        "kind": "policy",
        "version": 1,
        "ledger_id": LEDGER_ID,
        "owners": {"threshold": 1, "persons": [{"name": "Olga", "keys": [OWNER_KEY]}]},
        "signers": [
            signer(OWNER_KEY, ["HUMAN"], ["run", "approval"]),
            signer(AGENT_KEY, ["AI", "SYSTEM"], ["run"]),
        ],
        "rules": {"max_record_bytes": 262144},
    }


def signer(key: str, actor_kinds: list[str], kinds: list[str]) -> dict[str, Any]:
    """A signer's rule of a policy."""
    return {
        "name": "Olga",
        "email": "olga@example.org",
        "key": key,
        "actor_kinds": actor_kinds,
        "agents": ["*"],
        "kinds": kinds,
    }


def ledger() -> dict[str, Any]:
    """A ledger document without a predecessor."""
    return {
        "schema_version": "v1.0",
        "kind": "ledger",
        "ledger_id": LEDGER_ID,
        "created_at": "2026-11-10T10:33:20.000Z",
    }


def sample(kind: str) -> dict[str, Any]:
    """A valid document of that kind with hardly more than it must have; a fresh copy."""
    if kind in _OTHERS:
        return {**head(kind), **copy.deepcopy(_OTHERS[kind])}
    return {"run": run, "policy": policy, "ledger": ledger}[kind]()


GONE = object()
"""Stands for a key that is taken away."""


def changed(mapping: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A copy with one dotted place set, or taken away if the value is GONE."""
    copied = copy.deepcopy(mapping)
    *outer, last = place.split(".")
    node: Any = copied
    for part in outer:
        node = node[int(part) if isinstance(node, list) else part]
    key: Any = int(last) if isinstance(node, list) else last
    if value is GONE:
        del node[key]
    else:
        node[key] = value
    return copied


def in_order(mapping: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A copy with the keys in the order of ``names``, others behind."""
    known = [name for name in names if name in mapping]
    rest = [name for name in mapping if name not in names]
    return {name: mapping[name] for name in (*known, *rest)}


def short(value: object) -> str:
    """A test id that stays readable for long, odd and unprintable values."""
    return ascii(value)[:40] if isinstance(value, str | bytes) else repr(type(value))


def id_at(time: str) -> str:
    """A record id with the 48-bit time of an RFC 3339 text."""
    ms = round(datetime.fromisoformat(time).timestamp() * 1000)
    digits = f"{ms:012x}"
    return f"{digits[:8]}-{digits[8:]}-7e97-b00d-1c0ffee00123"
