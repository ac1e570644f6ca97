"""Makes the next version of a policy out of the one in force; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitprov.codec.records import build, to_bytes
from gitprov.errors import Code, RecordError, RefusedError
from gitprov.guard.authority import find_signer
from gitprov.model.policy import MAX_SIGNERS, Policy


@dataclass(frozen=True, slots=True)
class NewSigner:
    """A key that a policy is to list.

    Args:
        name: the signer's name.
        email: the signer's email.
        key: fingerprint of the primary key.
        actor_kinds: for whom it may record.
        agents: globs on agent names.
        kinds: the kinds of records it may add.
        is_owner: it is also a key of the owner of that name.
    """

    name: str
    email: str
    key: str
    actor_kinds: Sequence[str]
    agents: Sequence[str]
    kinds: Sequence[str]
    is_owner: bool = False


def require_unlisted(policy: Policy, key: str) -> None:
    """Refuse a key that a policy lists already, revoked or not.

    Raises:
        RefusedError: GPV-409-DUPLICATE.
    """
    there = find_signer(policy, key)
    if there is not None:
        state = "listed, and revoked for ever" if there.revoked else "listed"
        remedy = "make another key" if there.revoked else "gitprov key list shows what it may do"
        text = f"the key {key} is {state}, as {there.name!r}; {remedy}"
        raise RefusedError(Code.DUPLICATE, text)


def with_signer(policy: Policy, digest: str, new: NewSigner) -> Policy:
    """Return the next policy, in which one more key is listed.

    Args:
        policy: the policy in force.
        digest: ``sha256:<hex>`` of its file.
        new: the key. An owner of the same name gets it as one more key, and no second vote.

    Raises:
        RefusedError: GPV-413-LIMIT; GPV-422-POLICY, an owner's name is almost taken.
        RecordError: GPV-422-POLICY; the result breaks a rule of the policy's schema.
    """
    if len(policy.signers) >= MAX_SIGNERS:
        text = f"the policy lists {MAX_SIGNERS} keys, which is the most; start a ledger of its own"
        raise RefusedError(Code.LIMIT, f"{text} for this team")
    mapping = policy.to_mapping()
    signer = {
        "name": new.name,
        "email": new.email,
        "key": new.key,
        "actor_kinds": list(new.actor_kinds),
        "agents": list(new.agents),
        "kinds": list(new.kinds),
    }
    changes: dict[str, Any] = {"signers": [*mapping["signers"], signer]}
    if new.is_owner:
        changes["owners"] = _with_owner(mapping["owners"], new)
    return _next(policy, digest, changes)


def with_revocation(policy: Policy, digest: str, key: str, from_height: int, reason: str) -> Policy:
    """Return the next policy, in which a key is revoked; a revocation may only become stronger.

    Raises:
        RefusedError: GPV-403-UNKNOWN-KEY, the key is not listed; GPV-409-DUPLICATE, it is
            revoked from that height or a lower one.
        RecordError: GPV-422-POLICY; too few owners would be left.
    """
    there = find_signer(policy, key)
    if there is None:
        raise RefusedError(Code.UNKNOWN_KEY, f"the policy lists no key {key}; gitprov key list")
    if there.revoked is not None and there.revoked.from_height <= from_height:
        text = f"the key {key} is revoked from height {there.revoked.from_height} on"
        raise RefusedError(Code.DUPLICATE, f"{text}; that can be lowered, never raised")
    revoked = {"from_height": from_height, "reason": reason}
    signers = [
        {**signer, "revoked": revoked} if signer["key"] == key else signer
        for signer in policy.to_mapping()["signers"]
    ]
    return _next(policy, digest, {"signers": signers})


def _with_owner(owners: Mapping[str, Any], new: NewSigner) -> dict[str, Any]:
    persons = [dict(person) for person in owners["persons"]]
    for person in persons:
        if person["name"] == new.name:
            person["keys"] = [*person["keys"], new.key]
            break
        if person["name"].casefold() == new.name.casefold():
            text = f"there is an owner {person['name']!r}: type that name to give them one more key"
            raise RefusedError(Code.POLICY, f"{text}, or a name that differs more")
    else:
        persons.append({"name": new.name, "keys": [new.key]})
    return {**owners, "persons": persons}


def _next(policy: Policy, digest: str, changes: dict[str, Any]) -> Policy:
    head = {"version": policy.version + 1, "ledger_id": policy.ledger_id, "previous": digest}
    mapping = policy.to_mapping() | head | changes
    following = build(mapping, "policy")
    if not isinstance(following, Policy):
        raise RecordError(Code.POLICY, "the next policy could not be made")
    try:
        to_bytes(following)
    except RecordError as reason:
        text = f"the policy would be too long: {reason.message}"
        remedy = "give keys shorter names, or start a ledger of its own for a team"
        raise RefusedError(Code.LIMIT, f"{text}; {remedy}") from reason
    return following
