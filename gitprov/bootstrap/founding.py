"""What ``gitprov init`` does: keys, genesis, and the settings that go with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitprov.bootstrap.settings import DEFAULT_REF, NOTES_REF
from gitprov.bootstrap.surroundings import user_and_host
from gitprov.bootstrap.workspace import Workspace
from gitprov.codec import openpgp
from gitprov.errors import Code, StorageError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.service.append_entry import read_tip
from gitprov.service.identity import first_identity, parse_identity
from gitprov.service.init_ledger import LedgerFounder, LedgerKey
from gitprov.sign.keys import export_certificate, find_secret_keys, generate_key, resolve_key

GENERATE = "generate"
NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What ``gitprov init`` was asked for.

    Args:
        key: the owner's key: fingerprint, key id or email; None takes git's user.signingKey.
        generate: ``Name <email>`` of an owner's key to make.
        agent_key: a fingerprint, ``generate`` or ``none``.
        remote: the remote that will accept this ledger.
    """

    key: str | None = None
    generate: str | None = None
    agent_key: str = GENERATE
    remote: str | None = None


@dataclass(slots=True)
class InitOutcome:
    """What ``gitprov init`` found and made.

    Args:
        created: False where the ledger was there already.
        ledger_id: the ledger.
        genesis: object id of its first entry.
        ref: where it is.
        owner: fingerprint of the key for HUMAN records, None if this machine has none.
        agent: fingerprint of the key for AI and SYSTEM records, None if this machine has none.
        owners: (name, fingerprint) of every owner's key, for the eye.
        did: what was made or set, one sentence each.
    """

    created: bool
    ledger_id: str
    genesis: str
    ref: str
    owner: str | None
    agent: str | None
    owners: list[tuple[str, str]] = field(default_factory=list)
    did: list[str] = field(default_factory=list)


def initialise(workspace: Workspace, options: InitOptions) -> InitOutcome:
    """Make a ledger, or complete the settings of the one that is there.

    Raises:
        UsageError: GPV-422-ARGUMENT; no key to own the ledger, or unclear which.
        SignatureError, SignatureUnknownError: the key is no use, or gpg is not.
        StorageError: GPV-507-STORAGE.
    """
    did: list[str] = []
    created = False
    owner = agent = None
    if workspace.refs.get(workspace.ref) is None:
        owner = _owner(workspace, options, did)
        agent = _agent(workspace, options, did)
        created = _founder(workspace).found(owner, agent) is not None
        if created:
            did.append(f"made the ledger at {workspace.ref}")
    outcome = _describe(workspace, created=created)
    if created and owner is not None:
        outcome.owner, outcome.agent = owner.fingerprint, (agent or owner).fingerprint
    # The lock is what lets the next call clear away what a killed one left locked.
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        _complete(workspace, options, outcome)
    outcome.did[:0] = did
    return outcome


def _describe(workspace: Workspace, *, created: bool) -> InitOutcome:
    oid = workspace.refs.get(workspace.ref)
    if oid is None:
        raise StorageError(Code.NO_LEDGER, f"{workspace.ref} is gone again; run gitprov doctor")
    tip = read_tip(workspace.view, oid)
    policy = workspace.view.authority(tip.commit.tree).policy
    genesis = oid
    while tip.commit.parents:
        genesis = tip.commit.parents[0]
        tip = read_tip(workspace.view, genesis)
    owners = [(person.name, key) for person in policy.owners.persons for key in person.keys]
    at_hand = [key.fingerprint for key in find_secret_keys(workspace.gpg) if key.can_sign]

    def mine(actor_kind: str) -> str | None:
        listed = [find_signer(policy, key) for key in at_hand]
        able = [s.key for s in listed if s is not None and actor_kind in s.actor_kinds]
        return able[0] if len(able) == 1 else None

    owner, agent = mine("HUMAN"), mine("AI")
    return InitOutcome(created, policy.ledger_id, genesis, workspace.ref, owner, agent, owners)


def _complete(workspace: Workspace, options: InitOptions, outcome: InitOutcome) -> None:
    """Set what is missing; a crash of an earlier init may have left it out."""
    settings = workspace.settings
    values: dict[str, str] = {}
    if settings.git("gitprov.genesis") is None:
        values["gitprov.genesis"] = outcome.genesis
        outcome.did.append(f"pinned the genesis {outcome.genesis[:12]}")
    if workspace.ref != DEFAULT_REF and settings.git("gitprov.ref") is None:
        values["gitprov.ref"] = workspace.ref
    store = settings.get("gitprov.store")
    if store is not None and settings.git("gitprov.store") is None:
        values["gitprov.store"] = store
    if options.remote is not None and settings.git("gitprov.remote") != options.remote:
        values["gitprov.remote"] = options.remote
        outcome.did.append(f"set the accepting remote to {options.remote}")
    for name, key in (("gitprov.key", outcome.owner), ("gitprov.agentKey", outcome.agent)):
        if key is not None and settings.git(name.lower()) is None:
            values[name] = key
            if not outcome.created:
                outcome.did.append(f"chose the key {key} as {name}")
    workspace.config_file.set_values(values)
    workspace.notes.ensure(workspace.clock.now())
    if workspace.config_file.add_value("notes.displayRef", NOTES_REF):
        outcome.did.append("made git log show the notes")


def _founder(workspace: Workspace) -> LedgerFounder:
    ports = workspace.append_ports()
    return LedgerFounder(ports, workspace.view, workspace.lock, workspace.ids, workspace.ref)


def _owner(workspace: Workspace, options: InitOptions, did: list[str]) -> LedgerKey:
    if options.generate is not None:
        name, email = parse_identity(options.generate)
        there = _usable_key(workspace, f"{name} <{email}>")
        if there is not None:
            # gpg makes no second key of one name, and a second ledger needs none.
            did.append(f"took the key {there} that {name} <{email}> has already")
            return _ledger_key(workspace, there)
        secret = workspace.gpg.passphrase()
        text = None if secret is None else secret.encode("latin-1").decode("utf-8", "replace")
        fingerprint = generate_key(workspace.gpg, name, email, text)
        did.append(f"made the owner's key {fingerprint} for {name} <{email}>")
        return _ledger_key(workspace, fingerprint)
    spec = options.key or workspace.settings.get("gitprov.key") or _git_key(workspace)
    if spec is None:
        name = workspace.settings.git("user.name") or "Your Name"
        email = workspace.settings.git("user.email") or "you@example.org"
        text = "no key to own the ledger; type: gitprov init --generate-key "
        raise UsageError(Code.ARGUMENT, f'{text}"{name} <{email}>"  (or: --key FINGERPRINT)')
    return _ledger_key(workspace, resolve_key(workspace.gpg, spec))


def _git_key(workspace: Workspace) -> str | None:
    if (workspace.settings.git("gpg.format") or "openpgp") != "openpgp":
        return None
    return workspace.settings.git("user.signingkey")


def _agent(workspace: Workspace, options: InitOptions, did: list[str]) -> LedgerKey | None:
    if options.agent_key == NO_KEY:
        return None
    if options.agent_key != GENERATE:
        return _ledger_key(workspace, resolve_key(workspace.gpg, options.agent_key))
    user, host = user_and_host()
    name, email = f"gitprov agent of {user}", f"gitprov-agent-{user}@{host}"
    user_id = f"{name} <{email}>"
    there = _usable_key(workspace, user_id)
    if there is not None:
        did.append(f"took the agent's key {there} that was there")
        return _ledger_key(workspace, there)
    fingerprint = generate_key(workspace.gpg, name, email)
    did.append(f"made the agent's key {fingerprint} for {user_id}")
    return _ledger_key(workspace, fingerprint)


def _usable_key(workspace: Workspace, user_id: str) -> str | None:
    keys = find_secret_keys(workspace.gpg)
    return next((k.fingerprint for k in keys if user_id in k.user_ids and k.can_sign), None)


def _ledger_key(workspace: Workspace, fingerprint: str) -> LedgerKey:
    key = next(k for k in find_secret_keys(workspace.gpg) if k.fingerprint == fingerprint)
    name, email = _identity_of(workspace, key.user_ids)
    certificate = export_certificate(workspace.gpg, fingerprint, openpgp)
    return LedgerKey(name, email, fingerprint, certificate)


def _identity_of(workspace: Workspace, user_ids: tuple[str, ...]) -> tuple[str, str]:
    """The first user id that has both a name and an email, else git's own."""
    found = first_identity(user_ids)
    if found is not None:
        return found
    name, email = workspace.settings.git("user.name"), workspace.settings.git("user.email")
    return parse_identity(f"{name or ''} <{email or ''}>")
