"""A change of keys, and the list of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gitprov.app.key import KeyState
from gitprov.model.policy import Policy, SignerRule
from gitprov.present.text import short_oid
from gitprov.service.govern.enact_change import Enacted

KEY_COLUMNS: Final = ("NAME", "KEY", "MAY RECORD FOR", "AGENTS", "KINDS", "OWNER", "STATE")


def change_mapping(action: str, enacted: Enacted) -> dict[str, object]:
    """Render a change of keys for JSON.

    Args:
        action: add, renew or revoke.
        enacted: the change.
    """
    entry, policy = enacted.entry, enacted.change.policy
    rule = _rule(policy, enacted.change.key)
    return {
        "action": action,
        "key": enacted.change.key,
        "signer": None if rule is None else rule.to_mapping(),
        "policy": None if policy is None else policy.version,
        "certificates": sorted(enacted.change.certificates),
        "proposal": enacted.proposal.proposal_id,
        "plan_digest": enacted.proposal.plan_digest,
        "signed_by": enacted.signer.key,
        "entry": None if entry is None else entry.oid,
        "height": None if entry is None else entry.height,
    }


def change_lines(action: str, enacted: Enacted) -> Iterator[str]:
    """Render a change of keys in lines for people."""
    entry, policy = enacted.entry, enacted.change.policy
    yield f"key      {enacted.change.key}"
    rule = _rule(policy, enacted.change.key)
    if policy is not None and rule is not None:
        yield from _rule_lines(policy, rule)
    yield from (f"file     {path}" for path in sorted(enacted.change.certificates))
    if policy is not None:
        yield f"policy   {policy.version}"
    if entry is None:
        yield f"would {action} it, signed by {enacted.signer.name}; nothing was written"
    else:
        yield f"entry    {short_oid(entry.oid)} at height {entry.height}, by {enacted.signer.name}"


def keys_mapping(policy: int, keys: Sequence[KeyState]) -> dict[str, object]:
    """Render the keys of a policy for JSON."""
    listed = [{**key.rule.to_mapping(), "owner": key.owner, "state": key.state} for key in keys]
    return {"action": "list", "policy": policy, "keys": listed}


def key_cells(key: KeyState) -> tuple[str, ...]:
    """Render a key as cells under KEY_COLUMNS."""
    rule = key.rule
    kinds, actors = ",".join(rule.kinds), ",".join(rule.actor_kinds)
    return (rule.name, rule.key, actors, " ".join(rule.agents), kinds, key.owner or "-", key.state)


def _rule(policy: Policy | None, key: str) -> SignerRule | None:
    signers = () if policy is None else policy.signers
    return next((rule for rule in signers if rule.key == key), None)


def _rule_lines(policy: Policy, rule: SignerRule) -> Iterator[str]:
    yield f"signer   {rule.name} <{rule.email}>"
    yield f"may      {', '.join(rule.kinds)}"
    yield f"for      {', '.join(rule.actor_kinds)}; agents {', '.join(rule.agents)}"
    owner = next((p.name for p in policy.owners.persons if rule.key in p.keys), None)
    if owner is not None:
        yield f"owner    {owner}: may change the policy"
    if rule.revoked is not None:
        yield f"revoked  entries from height {rule.revoked.from_height} on are disputed"
