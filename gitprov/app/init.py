"""The verb init: keys, genesis or joining, and the settings that go with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitprov.app.init_keys import (
    GENERATE,
    NO_KEY,
    KeyOptions,
    KeyToAdd,
    OwnKeys,
    git_key,
    make_agent_key,
    make_key,
)
from gitprov.app.join import (
    LedgerLocation,
    RemoteOptions,
    fetch_notes,
    find_remote_ledger,
    join,
    require_expected,
)
from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureUnknownError, UsageError
from gitprov.model.overrides import Overrides
from gitprov.model.policy import Policy
from gitprov.model.receipt import Receipt
from gitprov.model.refs import LEDGER_REF, NOTES_REF
from gitprov.model.spooled import DRAFTS
from gitprov.service.govern.identity import first_identity, parse_identity
from gitprov.service.govern.offered_certificate import read_offered, require_able
from gitprov.service.ledger.tip import current_tip, read_tip
from gitprov.service.write.init_ledger import LedgerFounder, LedgerKey
from gitprov.service.write.submit_drafts import submit_drafts
from gitprov.sign.keys import export_certificate, find_secret_keys, resolve_key
from gitprov.wiring.workspace import Workspace, open_workspace


@dataclass(slots=True)
class InitOutcome:
    """The result of ``gitprov init``.

    Args:
        created: False where the ledger was there already.
        ledger_id: the ledger.
        genesis: object id of its first entry.
        ref: where it is.
        owner: fingerprint of the key for HUMAN records, None if this machine has none.
        agent: fingerprint of the key for AI and SYSTEM records, None if this machine has none.
        owners: (name, fingerprint) of every owner's key, for the user to compare.
        did: what was made or set, one sentence each.
        joined: the remote whose ledger was joined; None if none was.
        entries: how many entries were judged to join it.
        asked: what an owner must do before keys of this machine may record.
    """

    created: bool
    ledger_id: str
    genesis: str
    ref: str
    owner: str | None
    agent: str | None
    owners: list[tuple[str, str]] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    joined: str | None = None
    entries: int = 0
    asked: list[KeyToAdd] = field(default_factory=list)


def initialise(
    workspace: Workspace, options: KeyOptions, remotes: RemoteOptions | None = None
) -> InitOutcome:
    """Make a ledger, join that of a remote, or complete the settings of an existing one.

    Args:
        workspace: where we are.
        options: the keys.
        remotes: what is known of remotes; None is nothing.

    Raises:
        RefusedError: GPV-409-ROLLBACK, not the ledger that was expected; nothing was changed.
        UsageError: GPV-422-ARGUMENT; no key to own the ledger, or unclear which.
        SignatureError, SignatureUnknownError: the key is no use, or gpg is not.
        StorageError: GPV-507-STORAGE; also where a remote could not be asked.
    """
    remotes = remotes or RemoteOptions()
    if workspace.refs.get(workspace.ref) is not None:
        return _again(workspace, options, remotes)
    place = find_remote_ledger(workspace, remotes)
    if place is not None:
        return _join(workspace, place, options, remotes)
    require_expected(workspace, remotes, None)
    return _found(workspace, options, remotes)


def take_drafts(overrides: Overrides) -> list[Receipt]:
    """Append what was recorded before there was a ledger; a receipt for each record.

    Args:
        overrides: what flags say; settings that init has just written count.

    Raises:
        GitprovError: they go on waiting.
    """
    workspace = open_workspace(overrides)
    if not workspace.spool.names(DRAFTS):
        return []
    return submit_drafts(workspace.recorder(), workspace.spool)


def _again(workspace: Workspace, options: KeyOptions, remotes: RemoteOptions) -> InitOutcome:
    """There is a ledger; a crash of an earlier init may have left settings out."""
    outcome = _describe(workspace)
    if remotes.genesis is not None:
        require_expected(workspace, remotes, outcome.genesis)
    _set(workspace, _pins(workspace, remotes.remote, outcome))
    return _finish(workspace, options, outcome)


def _join(
    workspace: Workspace, place: LedgerLocation, options: KeyOptions, remotes: RemoteOptions
) -> InitOutcome:
    if place.ref != workspace.ref:
        settings = workspace.settings.replaced("gitprov.ref", place.ref)
        workspace = Workspace(workspace.place, workspace.ledger_place, settings, workspace.code_git)
    followed = join(workspace, place, remotes)
    outcome = _describe(workspace)
    outcome.joined, outcome.entries = place.remote, followed.state.verdict.entries
    # First of all the pins: whatever goes wrong from here on, the next call completes it.
    _set(workspace, _pins(workspace, place.remote, outcome))
    notes_error = fetch_notes(workspace, followed)
    if notes_error is not None:
        outcome.did.append(notes_error)
    return _finish(workspace, options, outcome)


def _found(workspace: Workspace, options: KeyOptions, remotes: RemoteOptions) -> InitOutcome:
    did: list[str] = []
    if _is_exact(options.key):
        # The genesis is signed with that very subkey, as every entry after it.
        settings = workspace.settings.replaced("gitprov.key", str(options.key))
        place, ledger = workspace.place, workspace.ledger_place
        workspace = Workspace(place, ledger, settings, workspace.code_git)
    owner = _owner(workspace, options, did)
    agent = _agent(workspace, options, did)
    if _founder(workspace).found(owner, agent) is None:
        # Another process was faster, on this very machine.
        return _again(workspace, KeyOptions(), remotes)
    did.append(f"made the ledger at {workspace.ref}")
    outcome = _describe(workspace)
    outcome.created, outcome.did = True, did
    outcome.owner, outcome.agent = owner.fingerprint, (agent or owner).fingerprint
    values = _pins(workspace, remotes.remote, outcome) | _keys(workspace, outcome, options)
    _set(workspace, values)
    _show_notes(workspace, outcome)
    return outcome


def _finish(workspace: Workspace, options: KeyOptions, outcome: InitOutcome) -> InitOutcome:
    """Complete the settings of a ledger that was there before this call."""
    _show_notes(workspace, outcome)
    _choose_keys(workspace, options, outcome)
    _set(workspace, _keys(workspace, outcome, options))
    return outcome


def _describe(workspace: Workspace) -> InitOutcome:
    policy, genesis = _policy_and_genesis(workspace)
    owners = [(person.name, key) for person in policy.owners.persons for key in person.keys]
    ref = workspace.ref
    return InitOutcome(
        created=False,
        ledger_id=policy.ledger_id,
        genesis=genesis,
        ref=ref,
        owner=None,
        agent=None,
        owners=owners,
    )


def _policy_and_genesis(workspace: Workspace) -> tuple[Policy, str]:
    tip = current_tip(workspace.view, workspace.refs, workspace.ref)
    policy = workspace.view.authority(tip.commit.tree).policy
    genesis = tip.oid
    while tip.commit.parents:
        genesis = tip.commit.parents[0]
        tip = read_tip(workspace.view, genesis)
    return policy, genesis


def _choose_keys(workspace: Workspace, options: KeyOptions, outcome: InitOutcome) -> None:
    """Choose among the keys at hand, and say what an owner must do for one that is not listed."""
    policy, _ = _policy_and_genesis(workspace)
    own = OwnKeys(workspace, policy, options, outcome.did)
    try:
        outcome.owner = own.person()
        outcome.agent = own.agent(outcome.owner)
        outcome.asked = own.asked(outcome.owner, outcome.agent)
    except SignatureUnknownError as reason:
        if options != KeyOptions():
            raise
        # Reading needs no key.
        outcome.did.append(f"no keys could be looked for: {reason.message}")


def _pins(workspace: Workspace, remote: str | None, outcome: InitOutcome) -> dict[str, str]:
    """Return the settings that say which ledger this is, as far as they are missing."""
    settings = workspace.settings
    values: dict[str, str] = {}
    if settings.git("gitprov.genesis") is None:
        values["gitprov.genesis"] = outcome.genesis
        outcome.did.append(f"pinned the genesis {outcome.genesis[:12]}")
    if workspace.ref != LEDGER_REF and settings.git("gitprov.ref") is None:
        values["gitprov.ref"] = workspace.ref
    store = settings.get("gitprov.store")
    if store is not None and settings.git("gitprov.store") is None:
        values["gitprov.store"] = store
    if remote is not None and settings.git("gitprov.remote") != remote:
        values["gitprov.remote"] = remote
        outcome.did.append(f"set the accepting remote to {remote}")
    return values


def _keys(workspace: Workspace, outcome: InitOutcome, options: KeyOptions) -> dict[str, str]:
    """Return the settings that name the keys, as far as they are missing."""
    values = {}
    for name, key, named in (
        ("gitprov.key", outcome.owner, options.key),
        ("gitprov.agentKey", outcome.agent, options.agent_key),
    ):
        if key is not None and workspace.settings.git(name.lower()) is None:
            values[name] = named if named is not None and _is_exact(named) else key
            if not outcome.created:
                outcome.did.append(f"chose the key {key} as {name}")
    return values


def _is_exact(named: str | None) -> bool:
    """Whether a key is named with a mark behind it: that subkey and no other."""
    return named is not None and named.endswith("!")


def _set(workspace: Workspace, values: dict[str, str]) -> None:
    # The lock is what lets the next call clear away what a killed one left locked.
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        workspace.config_file.set_values(values)


def _show_notes(workspace: Workspace, outcome: InitOutcome) -> None:
    with workspace.lock.hold(workspace.settings.number("gitprov.lockTimeout")):
        workspace.notes.ensure(workspace.clock.now())
        if workspace.config_file.add_value("notes.displayRef", NOTES_REF):
            outcome.did.append("made git log show the notes")


def _founder(workspace: Workspace) -> LedgerFounder:
    ports = workspace.append_ports()
    return LedgerFounder(ports, workspace.view, workspace.lock, workspace.ids, workspace.ref)


def _owner(workspace: Workspace, options: KeyOptions, did: list[str]) -> LedgerKey:
    if options.generate is not None:
        made = make_key(workspace, options.generate, did, "the owner's key")
        return _ledger_key(workspace, made)
    spec = options.key or workspace.settings.get("gitprov.key") or git_key(workspace)
    if spec is None:
        name = workspace.settings.git("user.name") or "Your Name"
        email = workspace.settings.git("user.email") or "you@example.org"
        text = "no key to own the ledger; type: gitprov init --generate-key "
        raise UsageError(Code.ARGUMENT, f'{text}"{name} <{email}>"  (or: --key FINGERPRINT)')
    return _ledger_key(workspace, resolve_key(workspace.gpg, spec))


def _agent(workspace: Workspace, options: KeyOptions, did: list[str]) -> LedgerKey | None:
    if options.agent_key == NO_KEY:
        return None
    if options.agent_key in {None, GENERATE}:
        return _ledger_key(workspace, make_agent_key(workspace, did))
    return _ledger_key(workspace, resolve_key(workspace.gpg, options.agent_key))


def _ledger_key(workspace: Workspace, fingerprint: str) -> LedgerKey:
    key = next(k for k in find_secret_keys(workspace.gpg) if k.fingerprint == fingerprint)
    name, email = _identity_of(workspace, key.user_ids)
    certificate = export_certificate(workspace.gpg, fingerprint, openpgp)
    # Says which algorithm or date is wrong, before anything is written.
    require_able(read_offered(certificate, workspace.engine), workspace.clock.now())
    return LedgerKey(name, email, fingerprint, certificate)


def _identity_of(workspace: Workspace, user_ids: tuple[str, ...]) -> tuple[str, str]:
    """The first user id that has both a name and an email, else git's own."""
    found = first_identity(user_ids)
    if found is not None:
        return found
    name, email = workspace.settings.git("user.name"), workspace.settings.git("user.email")
    return parse_identity(f"{name or ''} <{email or ''}>")
