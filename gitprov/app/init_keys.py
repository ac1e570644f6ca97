"""Finds the local keys that an existing ledger lists, and what an owner must do for the others."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from dataclasses import dataclass

from gitprov.errors import SignatureError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.model.policy import Policy
from gitprov.service.govern.identity import first_identity, parse_identity
from gitprov.sign.keys import SecretKey, find_secret_keys, generate_key, resolve_key
from gitprov.wiring.system import user_and_host
from gitprov.wiring.workspace import Workspace

GENERATE = "generate"
NO_KEY = "none"
_FINGERPRINT = re.compile(r"[0-9A-F]{40}")
_NOT_IN_A_FILE_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """Which keys the caller of init names.

    Args:
        key: the person's key: fingerprint, key id or email; None leaves it to the settings.
        generate: ``Name <email>`` of a person's key to make.
        agent_key: a fingerprint, ``generate`` or ``none``; None is what fits.
    """

    key: str | None = None
    generate: str | None = None
    agent_key: str | None = None


@dataclass(frozen=True, slots=True)
class KeyToAdd:
    """A key that an owner has to add before it may record.

    Args:
        key: its fingerprint.
        export: the command that writes its certificate.
        add: the command that an owner then runs.
    """

    key: str
    export: str
    add: str


def make_key(workspace: Workspace, identity: str, did: list[str], what: str) -> str:
    """Return the key of that name and email; make it if gpg has none that can sign.

    A person's key gets the passphrase of the settings, if there is one.

    Raises:
        UsageError: GPV-422-ARGUMENT, no name or email.
        SignatureUnknownError: GPV-503-SIGNER.
    """
    name, email = parse_identity(identity)
    user_id = f"{name} <{email}>"
    there = usable_key(workspace, user_id)
    if there is not None:
        # gpg makes no second key of one name, and a second ledger needs none.
        did.append(f"took the key {there}, which {user_id} has already")
        return there
    secret = workspace.gpg.passphrase()
    text = None if secret is None else secret.encode("latin-1").decode("utf-8", "replace")
    fingerprint = generate_key(workspace.gpg, name, email, text)
    did.append(f"made {what} {fingerprint} for {user_id}")
    return fingerprint


def make_agent_key(workspace: Workspace, did: list[str]) -> str:
    """Return the key of this user's agents on this machine; make it if there is none.

    Raises:
        SignatureUnknownError: GPV-503-SIGNER.
    """
    user, host = user_and_host()
    name, email = f"gitprov agent of {user}", f"gitprov-agent-{user}@{host}"
    user_id = f"{name} <{email}>"
    there = usable_key(workspace, user_id)
    if there is not None:
        did.append(f"took the agent's key {there}, which was there already")
        return there
    fingerprint = generate_key(workspace.gpg, name, email)
    did.append(f"made the agent's key {fingerprint} for {user_id}")
    return fingerprint


def usable_key(workspace: Workspace, user_id: str) -> str | None:
    """Return the key of exactly that user id that can sign, None if gpg has none."""
    keys = find_secret_keys(workspace.gpg)
    return next((k.fingerprint for k in keys if user_id in k.user_ids and k.can_sign), None)


def git_key(workspace: Workspace) -> str | None:
    """Return git's own ``user.signingKey``, None if it is not an OpenPGP key."""
    if (workspace.settings.git("gpg.format") or "openpgp") != "openpgp":
        return None
    return workspace.settings.git("user.signingkey")


class OwnKeys:
    """The keys of this machine for a ledger whose policy is known.

    Args:
        options: what the caller named.
        did: takes what was made, one sentence each.
    """

    def __init__(
        self, workspace: Workspace, policy: Policy, options: KeyOptions, did: list[str]
    ) -> None:
        self._workspace = workspace
        self._policy = policy
        self._options = options
        self._did = did

    @property
    def _held(self) -> list[SecretKey]:
        return [key for key in find_secret_keys(self._workspace.gpg) if key.can_sign]

    def person(self) -> str | None:
        """Return the key for HUMAN records; one that was named need not be listed yet.

        Raises:
            GitprovError: the key that was named is not at hand, or cannot be made.
        """
        if self._options.generate is not None:
            return make_key(self._workspace, self._options.generate, self._did, "your key")
        if self._options.key is not None:
            return resolve_key(self._workspace.gpg, self._options.key)
        return self._configured("gitprov.key") or self._only("HUMAN")

    def agent(self, person: str | None) -> str | None:
        """Return the key for AI and SYSTEM records; likewise.

        Raises:
            GitprovError: as person.
        """
        wanted = self._options.agent_key
        if wanted == NO_KEY:
            return person
        if wanted == GENERATE:
            return make_agent_key(self._workspace, self._did)
        if wanted is not None:
            return resolve_key(self._workspace.gpg, wanted)
        return self._configured("gitprov.agentKey") or self._only("AI")

    def _configured(self, name: str) -> str | None:
        """Return the primary fingerprint that a setting means, which may name a subkey."""
        value = self._workspace.settings.get(name)
        if value is None or _FINGERPRINT.fullmatch(value):
            return value
        return resolve_key(self._workspace.gpg, value)

    def asked(self, person: str | None, agent: str | None) -> list[KeyToAdd]:
        """Say how the keys of this machine get on the ledger, as far as they are not."""
        offered = person
        if person is None and agent is None:
            offered = self._unlisted()
        found = [] if offered is None else [self._ask(offered, for_agents=False)]
        if agent not in {None, offered}:
            found.append(self._ask(agent, for_agents=True))
        return [each for each in found if each is not None]

    def _unlisted(self) -> str | None:
        """Return the key that a person would offer an owner, where none is listed or named."""
        named = git_key(self._workspace)
        if named is not None:
            with suppress(UsageError, SignatureError):
                return resolve_key(self._workspace.gpg, named)
        listed = {signer.key for signer in self._policy.signers}
        free = [key.fingerprint for key in self._held if key.fingerprint not in listed]
        return free[0] if len(free) == 1 else None

    def _ask(self, fingerprint: str, *, for_agents: bool) -> KeyToAdd | None:
        """Say how a key gets on the ledger; None if it is there already."""
        signer = find_signer(self._policy, fingerprint)
        if signer is not None:
            actor_kind = "AI" if for_agents else "HUMAN"
            if signer.revoked is not None or actor_kind not in signer.actor_kinds:
                state = "is revoked" if signer.revoked else f"may not record for {actor_kind}"
                self._did.append(f"the key {fingerprint} {state}; use another one")
            return None
        held = next((key for key in self._held if key.fingerprint == fingerprint), None)
        name, more = _name_of(held, fingerprint)
        file = f"{_NOT_IN_A_FILE_NAME.sub('-', name.lower()).strip('-') or fingerprint[-16:]}.asc"
        kinds = " --actor-kinds ai,system" if for_agents else ""
        return KeyToAdd(
            fingerprint,
            f"gpg --armor --export {fingerprint} > {file}",
            f"gitprov key add {file} --name {shlex.quote(name)}{more}{kinds}",
        )

    def _only(self, actor_kind: str) -> str | None:
        fit = [
            signer.key
            for signer in self._policy.signers
            if signer.revoked is None
            and actor_kind in signer.actor_kinds
            and any(key.fingerprint == signer.key for key in self._held)
        ]
        if len(fit) > 1:
            name = "gitprov.key" if actor_kind == "HUMAN" else "gitprov.agentKey"
            text = f"several keys here may record for {actor_kind}: {', '.join(fit)}"
            self._did.append(f"{text}; choose one: git config {name} FINGERPRINT")
        return fit[0] if len(fit) == 1 else None


def _name_of(key: SecretKey | None, fingerprint: str) -> tuple[str, str]:
    """Return a name for a key, and the option that its certificate makes necessary."""
    identity = None if key is None else first_identity(key.user_ids)
    if identity is None:
        return f"key {fingerprint[-16:]}", " --email EMAIL"
    return identity[0], ""
