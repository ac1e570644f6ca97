"""Gathers what an examination needs to know of this machine; decides nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gitprov.app.about import installed_versions
from gitprov.codec import openpgp as armour
from gitprov.errors import GitprovError, RecordError
from gitprov.local.lock_owner import current_owner, is_proven_dead
from gitprov.local.spool_aside import SET_ASIDE
from gitprov.model.ids import uuid7_ms
from gitprov.model.policy import Policy
from gitprov.model.refs import NOTES_REF
from gitprov.service.diagnose.machine import DiskFacts, file_system_of
from gitprov.service.diagnose.spool import LockFacts, WaitingFacts
from gitprov.sign.gpg import GpgSigner
from gitprov.sign.program import GpgProgram
from gitprov.wiring.system import environment
from gitprov.wiring.workspace import Workspace

_LIBRARIES = ("pygit2", "pysequoia", "python-gnupg", "pydantic", "ruamel.yaml", "click")
_MOUNTS = Path("/proc/self/mounts")
_REASON_LIMIT = 2_000
_ID_LENGTH = 36
_SIGNING_TIMEOUT = 5.0
_SAMPLE = b"gitprov doctor\n"


def gather_versions() -> dict[str, str | None]:
    """Return the versions of programs and libraries; None for what is missing."""
    libraries = {name: _library(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), **installed_versions(), **libraries}


def gather_disk(folder: Path) -> DiskFacts:
    """Look at the file system of a git directory."""
    try:
        space = os.statvfs(folder)
        free: int | None = space.f_bavail * space.f_frsize
    except OSError:
        free = None
    return DiskFacts(
        path=str(folder),
        kind=file_system_of(_text(_MOUNTS), str(folder.resolve())),
        # Every git directory has a file "config"; no tool uses the other spelling.
        ignores_case=(folder / "config").exists() and (folder / "CONFIG").exists(),
        is_writable=os.access(folder, os.W_OK),
        free=free,
    )


def gather_spool(workspace: Workspace, policy: Policy | None) -> list[WaitingFacts]:
    """Count what waits for each key, listed by the policy or not, and for a ledger.

    Args:
        workspace: the repository.
        policy: the one in force; None without a ledger.

    Raises:
        StorageError: GPV-507-STORAGE, the spool cannot be read.
    """
    signers = () if policy is None else policy.signers
    names: dict[str, list[str]] = {signer.key: [] for signer in signers}
    listed = frozenset(names)
    for key, name in workspace.spool.waiting():
        names.setdefault(key, []).append(name)
    found = []
    for key, waiting in names.items():
        times = [ms for ms in map(_made, waiting) if ms is not None]
        since = min(times, default=None)
        found.append(WaitingFacts(key, len(waiting), since, is_listed=key in listed))
    return found


def gather_refused(workspace: Workspace) -> list[tuple[str, str]]:
    """Name what was set aside, in either place of the spool, with the reasons."""
    folders = (workspace.spool_folders.inside, workspace.spool_folders.elsewhere)
    return [
        (f"{path.parent.name}/{path.stem}", _text(path).strip()[:_REASON_LIMIT])
        for folder in folders
        for path in sorted((folder / SET_ASIDE).glob("*/*.why"))
    ]


def gather_locks(workspace: Workspace) -> LockFacts:
    """Look who holds the writer lock, and for lock files of refs."""
    owner = workspace.lock.owner()
    is_dead = owner is not None and is_proven_dead(owner, current_owner())
    refs = tuple(_locked_refs(workspace))
    return LockFacts(None if owner is None else str(owner), is_dead, refs)


def gather_signing(
    workspace: Workspace, fingerprint: str, keys: Sequence[str]
) -> GitprovError | None:
    """Try to sign without asking anybody; return what went wrong.

    Args:
        workspace: the repository.
        fingerprint: the signer's primary key.
        keys: those of its keys that the ledger accepts.
    """
    passphrase = workspace.settings.get("gitprov.passphraseFile")
    gpg = GpgProgram(
        env=environment(),
        timeout=_SIGNING_TIMEOUT,
        passphrase_file=Path(passphrase) if passphrase else None,
        interactive=False,
    )
    try:
        GpgSigner(gpg, armour, workspace.preferred_keys()).sign(_SAMPLE, fingerprint, keys)
    except GitprovError as reason:
        return reason
    return None


def _locked_refs(workspace: Workspace) -> Iterator[tuple[str, float]]:
    for ref in (workspace.ref, NOTES_REF, "packed-refs"):
        try:
            made = (workspace.ledger_dir / f"{ref}.lock").lstat().st_mtime
        except OSError:
            continue
        yield ref, max(workspace.clock.now() - made, 0.0)


def _library(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _made(name: str) -> int | None:
    try:
        return uuid7_ms(name[:_ID_LENGTH])
    except RecordError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
