"""Changing and listing the keys of a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from gitprov.app.open_ledger import OpenedLedger
from gitprov.app.pull import pull
from gitprov.errors import Code, RefusedError, StorageError, UsageError
from gitprov.guard.authority import owner_of
from gitprov.model.key_request import KeyRequest
from gitprov.model.policy import SignerRule
from gitprov.model.times import format_time
from gitprov.service.govern.enact_change import Enacted, Enactor, EnactPorts
from gitprov.service.govern.key_changes import KeyChanges
from gitprov.service.govern.offered_certificate import (
    MAX_OFFER_BYTES,
    OfferedCertificate,
    read_offered,
)
from gitprov.service.ledger.relation import TipRelation
from gitprov.service.ledger.view import Authority
from gitprov.wiring.remotes import accepting_remote, open_remotes
from gitprov.wiring.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """A change of keys.

    Args:
        enacted: the change; without an entry after a dry run.
        remote: the remote that has to get it; None if there is none.
    """

    enacted: Enacted
    remote: str | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key of the policy in force, and in a few words whether it can sign now."""

    rule: SignerRule
    owner: str | None
    state: str


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """How to change keys.

    Args:
        dry_run: judge the change; sign and write nothing.
        offline: do not follow the remote first.
    """

    dry_run: bool = False
    offline: bool = False


def add_key(
    workspace: Workspace, file: BinaryIO, request: KeyRequest, options: ChangeOptions
) -> KeyChanged:
    """Let one more key record.

    Args:
        workspace: the repository.
        file: the key's certificate, armoured or not.
        request: what the key should be allowed.
        options: how.

    Raises:
        RecordError, SignatureError: the certificate cannot serve.
        RefusedError: the policy refuses the change, or the key is listed already.
        UsageError: GPV-404-NO-LEDGER, GPV-422-ARGUMENT.
        StorageError: the remote cannot be asked.
    """
    offered = _offered(workspace, file)
    remote = _follow(workspace, options)
    enacted = _changes(workspace).add(offered, request, dry_run=options.dry_run)
    return KeyChanged(enacted, remote)


def renew_key(
    workspace: Workspace, file: BinaryIO, reason: str | None, options: ChangeOptions
) -> KeyChanged:
    """Add the newer certificate of a key that is listed.

    Raises:
        GitprovError: as add_key.
    """
    offered = _offered(workspace, file)
    remote = _follow(workspace, options)
    enacted = _changes(workspace).renew(offered, reason, dry_run=options.dry_run)
    return KeyChanged(enacted, remote)


def revoke_key(
    workspace: Workspace, key: str, from_height: int, reason: str, options: ChangeOptions
) -> KeyChanged:
    """Let a key sign nothing from now on.

    Args:
        workspace: the repository.
        key: a fingerprint, a key id or a signer's name.
        from_height: the height from which its entries are disputed.
        reason: it stays on the ledger.
        options: how.

    Raises:
        GitprovError: as add_key.
    """
    remote = _follow(workspace, options)
    enacted = _changes(workspace).revoke(key, from_height, reason, dry_run=options.dry_run)
    return KeyChanged(enacted, remote)


def list_keys(opened: OpenedLedger) -> tuple[int, list[KeyState]]:
    """Return the number of the policy in force, and its keys."""
    authority = opened.reader.view.authority(opened.root)
    policy, now = authority.policy, opened.workspace.clock.now()
    keys = [
        KeyState(rule, owner_of(policy, rule.key), state_of(authority, rule, now))
        for rule in policy.signers
    ]
    return policy.version, keys


def _offered(workspace: Workspace, file: BinaryIO) -> OfferedCertificate:
    return read_offered(file.read(MAX_OFFER_BYTES + 1), workspace.engine)


def _follow(workspace: Workspace, options: ChangeOptions) -> str | None:
    if options.dry_run or options.offline:
        return workspace.settings.get("gitprov.remote")
    return catch_up(workspace)


def enactor(workspace: Workspace) -> Enactor:
    """Return what enacts a change of policy or keys."""
    ports = EnactPorts(
        append=workspace.append_ports(),
        view=workspace.view,
        lock=workspace.lock,
        audit=workspace.trail,
        ids=workspace.ids,
        guard=workspace.guard,
        keys=workspace.signing_keys(),
    )
    return Enactor(ports, workspace.ref, workspace.settings.number("gitprov.lockTimeout"))


def _changes(workspace: Workspace) -> KeyChanges:
    return KeyChanges(enactor(workspace), workspace.clock)


def catch_up(workspace: Workspace) -> str | None:
    """Follow the accepting remote: a change of policy must be made on its last entry.

    A merge cannot bring one (V14), so a change made beside the remote's tip could never
    land there.

    Returns:
        The remote's name; None if there is none to follow.

    Raises:
        RefusedError: GPV-409-NON-FF, both sides have new entries; and as pull.
        StorageError: the remote cannot be asked.
    """
    if workspace.refs.get(workspace.ref) is None:
        return None
    try:
        remote = accepting_remote(workspace, open_remotes(workspace))
    except UsageError:
        return None
    try:
        pulled = pull(workspace, remote)
    except UsageError as reason:
        if reason.code is not Code.NO_LEDGER:
            raise
        return remote  # it gets its first one from here
    except StorageError as reason:
        text = f"{reason.message}; a change of policy must be made on the remote's last entry"
        remedy = "to change it locally anyway: --offline"
        raise type(reason)(reason.code, f"{text}; {remedy}", **reason.details) from reason
    if pulled.stand == TipRelation.BESIDE:
        text = f"both {remote!r} and you have new entries, and a change of policy made here could"
        remedy = "merge them first: gitprov push"
        raise RefusedError(Code.NON_FF, f"{text} never be merged; {remedy}", remedy=remedy)
    return remote


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
