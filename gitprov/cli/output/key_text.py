"""How a change of keys, and the list of keys, look."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.cli.output.render import print_json, print_result, print_table, tell, warn
from gitprov.guard.authority import find_signer, owner_of
from gitprov.model.policy import SignerRule
from gitprov.model.times import format_time
from gitprov.present.text import short_oid
from gitprov.service.govern.enact_change import Enacted
from gitprov.service.ledger.view import Authority

_HEADERS = ("NAME", "KEY", "MAY RECORD FOR", "AGENTS", "KINDS", "OWNER", "STATE")


def print_change(action: str, enacted: Enacted, remote: str | None, *, as_json: bool) -> None:
    """Print what was enacted, or would be.

    Args:
        action: add, renew or revoke.
        enacted: the change.
        remote: the remote that has to get it, if there is one.
        as_json: print JSON.
    """
    entry = enacted.entry
    key, policy = enacted.change.key, enacted.change.policy
    rule = None if policy is None else find_signer(policy, key)
    content: dict[str, object] = {
        "action": action,
        "key": key,
        "signer": None if rule is None else rule.to_mapping(),
        "policy": None if policy is None else policy.version,
        "certificates": sorted(enacted.change.certificates),
        "proposal": enacted.proposal.proposal_id,
        "plan_digest": enacted.proposal.plan_digest,
        "signed_by": enacted.signer.key,
        "entry": None if entry is None else entry.oid,
        "height": None if entry is None else entry.height,
    }
    print_result("key", content, _lines(action, enacted, rule), as_json=as_json)
    for doubt in () if entry is None else entry.doubts:
        warn(f"read back: {doubt.line()}; run gitprov verify")
    if entry is not None and remote is not None and not as_json:
        text = "push it before others append, since a change of policy cannot be merged"
        tell(f"{text}: gitprov push")


def _lines(action: str, enacted: Enacted, rule: SignerRule | None) -> Iterator[str]:
    entry, policy = enacted.entry, enacted.change.policy
    yield f"key      {enacted.change.key}"
    if rule is not None:
        yield f"signer   {rule.name} <{rule.email}>"
        yield f"may      {', '.join(rule.kinds)}"
        yield f"for      {', '.join(rule.actor_kinds)}; agents {', '.join(rule.agents)}"
        person = None if policy is None else owner_of(policy, rule.key)
        if person is not None:
            yield f"owner    {person}: may change the policy"
        if rule.revoked is not None:
            yield f"revoked  entries from height {rule.revoked.from_height} on are disputed"
    yield from (f"file     {path}" for path in sorted(enacted.change.certificates))
    if policy is not None:
        yield f"policy   {policy.version}"
    if entry is None:
        yield f"would {action} it, signed by {enacted.signer.name}; nothing was written"
    else:
        yield f"entry    {short_oid(entry.oid)} at height {entry.height}, by {enacted.signer.name}"


def print_keys(authority: Authority, now: int, *, as_json: bool) -> None:
    """Print every key that a policy lists, with its state now."""
    rows = [(rule, state_of(authority, rule, now)) for rule in authority.policy.signers]
    policy = authority.policy
    if as_json:
        keys = [
            {**rule.to_mapping(), "owner": owner_of(policy, rule.key), "state": state}
            for rule, state in rows
        ]
        print_json("key", {"action": "list", "policy": policy.version, "keys": keys})
        return
    print_table(
        _HEADERS,
        (
            (
                rule.name,
                rule.key,
                ",".join(rule.actor_kinds),
                " ".join(rule.agents),
                ",".join(rule.kinds),
                owner_of(policy, rule.key) or "-",
                state,
            )
            for rule, state in rows
        ),
    )


def state_of(authority: Authority, rule: SignerRule, now: int) -> str:
    """Say in a few words whether a key can sign now."""
    if rule.revoked is not None:
        return f"revoked, disputed from height {rule.revoked.from_height}"
    certificate = authority.certificates.get(rule.key)
    if certificate is None:
        return "no certificate"
    facts = certificate.facts
    if facts.keys[0].revoked:
        return "revoked by its certificate"
    able = facts.signing_keys(now)
    if not able:
        return "expired"
    ends = [key.expires for key in (facts.keys[0], *able) if key.expires is not None]
    return f"until {format_time(min(ends) * 1000)[:10]}" if ends else "good"
