"""Installs the server hook, takes it out again, and exports the keys that a ledger trusts (7.2)."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from gitprov.codec.certificate import certificate_packets
from gitprov.errors import Code, RecordError, StorageError, UsageError
from gitprov.git.location import is_git_dir
from gitprov.local.hook_files import DiskHookFiles
from gitprov.local.interpreter import try_interpreter
from gitprov.model.refs import LEDGER_REF
from gitprov.model.server_hook import HookChange, HookSettings, ServerKind
from gitprov.service.server.genesis_pin import choose_pin
from gitprov.service.server.hook_text import read_hook, render_hook
from gitprov.service.server.install_companion import (
    companion_path,
    plan_companion,
    plan_companion_removal,
)
from gitprov.service.server.install_hook import (
    PLUGGED_NAME,
    HookLocation,
    find_installed,
    plan_install,
    plan_removal,
)
from gitprov.wiring.server_repository import ServerRepository, open_server_repository
from gitprov.wiring.shipped_files import read_shipped

_HOOK = "hooks/pre-receive"
_CHAIN = "hooks/pre-receive.chain"
_COMPANION = "hooks/post-receive"
_KINDS = {ServerKind.FORGEJO: ServerKind.GITEA}
USUAL_NAME = PLUGGED_NAME
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """How to install the hook.

    Args:
        path: the repository; for gitolite the folder LOCAL_CODE.
        kind: the kind of server.
        genesis: the genesis to pin, None if none was named.
        ref: the ledger's ref, None if none was named.
        dry_run: change nothing.
        name: of the hook in gitolite's folder, where several ledgers are pinned apart.
    """

    path: Path
    kind: ServerKind
    genesis: str | None = None
    ref: str | None = None
    dry_run: bool = False
    name: str = PLUGGED_NAME


@dataclass(frozen=True, slots=True)
class Installed:
    """The result of an installation or a removal.

    Args:
        root: the folder that the hook's place is relative to.
        settings: of the hook; None after a removal.
        steps: the changes, none if all was as it must be.
        has_ledger: whether the repository holds a ledger.
        companion: the post-receive hook that goes with it; None where another one is there.
    """

    root: Path
    settings: HookSettings | None
    steps: Sequence[HookChange]
    has_ledger: bool = False
    companion: Path | None = None


def install(options: InstallOptions) -> Installed:
    """Put the hook in its place, beside or before whatever hook is there.

    Raises:
        UsageError: GPV-422-ARGUMENT; there is no repository, git runs its hooks elsewhere,
            something odd is in the hook's place, or the genesis contradicts the ledger.
        StorageError: GPV-500-INTERNAL, this Python cannot run the hook; GPV-507-STORAGE.
    """
    reason = try_interpreter(sys.executable)
    if reason is not None:
        text = f"{sys.executable} cannot run the hook: {reason}"
        remedy = "install gitprov into an environment that every user of the server can read"
        raise StorageError(Code.INTERNAL, f"{text}; {remedy}", remedy=remedy)
    files = DiskHookFiles()
    place = HookLocation(_root(options), options.kind, options.name)
    found = find_installed(place, files)
    before = None if found is None else read_hook(found[1].content)
    ref = options.ref or (None if before is None else before.ref)
    server = None if place.kind is ServerKind.GITOLITE else open_server_repository(place.root, ref)
    if server is not None and place.kind is not ServerKind.GITLAB:
        _require_hooks_here(server)
    there = None if server is None else server.genesis()
    settings = HookSettings(
        python=sys.executable,
        ref=ref or (LEDGER_REF if server is None else server.ref),
        genesis=choose_pin(options.genesis, "" if before is None else before.genesis, there),
        kind=_KINDS.get(options.kind, options.kind).value,
    )
    hook = render_hook(read_shipped(_HOOK), settings)
    steps = plan_install(place, files, hook, read_shipped(_CHAIN))
    steps += plan_companion(place, files, render_hook(read_shipped(_COMPANION), settings))
    if not options.dry_run:
        files.apply(steps)
    companion = companion_path(place, files)
    return Installed(place.root, settings, steps, there is not None, companion)


def uninstall(options: InstallOptions) -> Installed:
    """Restore what was there before an installation.

    Raises:
        UsageError: GPV-422-ARGUMENT; there is no repository, or something odd in the place.
        StorageError: GPV-507-STORAGE.
    """
    files = DiskHookFiles()
    place = HookLocation(_root(options), options.kind, options.name)
    steps = plan_removal(place, files) + plan_companion_removal(place, files)
    if not options.dry_run:
        files.apply(steps)
    return Installed(place.root, None, steps)


def keyring(path: Path, ref: str | None) -> tuple[bytes, list[str]]:
    """Return a keyring for gpgv with every unrevoked signer, and their fingerprints.

    Raises:
        UsageError: GPV-404-NO-LEDGER, GPV-422-ARGUMENT.
        RecordError: GPV-400-COMMIT-FORM, the tip names no tree.
    """
    server = open_server_repository(path, ref)
    tip = server.tip()
    if tip is None:
        text = f"there is no ledger at {server.ref} in {str(path)!r}; push one there first"
        raise UsageError(Code.NO_LEDGER, text)
    root = server.reader().tree(tip)
    if root is None:
        raise RecordError(Code.COMMIT_FORM, f"the ledger's tip {tip[:12]} names no tree")
    authority = server.workspace.view.authority(root)
    keys = [rule.key for rule in authority.policy.signers if rule.revoked is None]
    listed = [key for key in keys if key in authority.certificates]
    rings = [certificate_packets(authority.certificates[key].armoured) for key in listed]
    return b"".join(rings), listed


def _root(options: InstallOptions) -> Path:
    if not _NAME.fullmatch(options.name):
        text = f"{options.name[:40]!r} is not a name for a hook: letters, digits, dots, dashes"
        raise UsageError(Code.ARGUMENT, text)
    if options.kind is not ServerKind.GITOLITE:
        return open_server_repository(options.path, options.ref).git_dir
    if not options.path.is_dir() or is_git_dir(options.path):
        text = (
            f"{str(options.path)!r} is not the folder LOCAL_CODE of gitolite;"
            " name the one that ~/.gitolite.rc sets, such as ~/local"
        )
        raise UsageError(Code.ARGUMENT, text, path=str(options.path))
    return options.path.resolve()


def _require_hooks_here(server: ServerRepository) -> None:
    folder = server.hooks_folder()
    usual = server.git_dir / "hooks"
    if folder.path.resolve() == usual.resolve():
        return
    git_dir, hooks = quote(str(server.git_dir)), quote(str(usual))
    text = (
        f"git runs the hooks of this repository from {str(folder.path)!r} ({folder.origin});"
        f" run: git --git-dir={git_dir} config core.hooksPath {hooks}"
    )
    raise UsageError(Code.ARGUMENT, text, path=str(folder.path))
