"""The digest that binds approvals and enactment to one exact plan (6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gitprov.codec import canonical


def plan_digest(ledger_id: str, action: str, base_policy: int, plan: Mapping[str, Any]) -> str:
    """Digest a plan in canonical form, together with the ledger and policy it belongs to.

    Args:
        ledger_id: the ledger, so that no approval can be used on another one.
        action: what is planned.
        base_policy: number of the policy in force.
        plan: plain values in schema order.

    Returns:
        ``sha256:`` and 64 hex digits.

    Raises:
        RecordError: GPV-400-RECORD-FORM, GPV-413-LIMIT: the plan has no canonical form.
    """
    statement = {
        "ledger_id": ledger_id,
        "action": str(action),
        "base_policy": base_policy,
        "plan": plan,
    }
    return f"sha256:{sha256(canonical.emit(statement)).hexdigest()}"
