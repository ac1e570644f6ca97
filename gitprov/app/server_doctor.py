"""Proves that a server guards its ledger, on a scratch copy, and looks at what could undo it."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import Code, GitprovError
from gitprov.git.configuration import read_configuration
from gitprov.git.scratch_server import ScratchServer
from gitprov.git.server_settings import missing_alternates, symbolic_refs
from gitprov.local.hook_files import DiskHookFiles
from gitprov.local.interpreter import try_interpreter
from gitprov.local.landed_tips import LandedTips
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.server_hook import HookSettings, ServerKind
from gitprov.service.diagnose.server import (
    HOOK,
    PROOF,
    HookFacts,
    Probe,
    diagnose_forge,
    diagnose_genesis,
    diagnose_hook,
    diagnose_landed,
    diagnose_probes,
    diagnose_refs,
)
from gitprov.service.diagnose.settings import diagnose_server_settings
from gitprov.service.ledger.relation import off_chain
from gitprov.service.server.hook_text import read_hook
from gitprov.service.server.install_hook import (
    PLUGGED_NAME,
    REPO_SPECIFIC,
    HookLocation,
    find_installed,
)
from gitprov.wiring.server_repository import ServerRepository, open_server_repository
from gitprov.wiring.shipped_files import read_shipped

_SAMPLE = "hooks/probe.bundle"
_PLUGGED = (ServerKind.GITLAB, ServerKind.GITEA)
_OURS = frozenset({"00-gitprov", "gitprov", "pre-receive", "pre-receive.d"})


@dataclass(frozen=True, slots=True)
class _Found:
    """The hook as it was found, and how the scratch copy must run it.

    Args:
        facts: what was found.
        plugged: the hook itself, where the server runs a folder of hooks.
        folder: the folder from which git runs hooks.
        stranger: a user who could make us run whatever that user likes; None if there is none.
    """

    facts: HookFacts
    plugged: Path | None
    folder: Path
    stranger: int | None


def run_server_doctor(
    path: Path, genesis: str | None, ref: str | None, kind: ServerKind | None = None
) -> list[Diagnosis]:
    """Look at a repository on a server and prove that its hook refuses what it must.

    Args:
        path: the repository.
        genesis: the genesis that the caller knows, None if none is known.
        ref: the ledger's ref; None takes the one that the hook guards.
        kind: what serves it; None takes what the hook's place tells.

    Raises:
        UsageError: GPV-422-ARGUMENT, there is no repository.
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    server = open_server_repository(path, ref)
    found = _find(server, path)
    if ref is None and found.facts.settings is not None:
        server = open_server_repository(path, found.facts.settings.ref)
    return list(_Doctor(server, found, genesis, kind or found.facts.kind).run())


class _Doctor:
    def __init__(
        self, server: ServerRepository, found: _Found, genesis: str | None, kind: ServerKind
    ) -> None:
        self._server = server
        self._kind = kind
        self._found = found
        self._genesis = genesis

    def run(self) -> Iterator[Diagnosis]:
        yield from _safely("server", self._who)
        yield from _safely(HOOK, lambda: diagnose_hook(self._found.facts))
        yield from _safely("genesis", self._pin)
        yield from _safely("settings", self._settings)
        yield from _safely("refs", self._refs)
        yield from _safely("refs", self._landed)
        yield from _safely("refs", self._forge)
        yield from _safely(PROOF, self._proof)

    def _who(self) -> Iterator[Diagnosis]:
        owner = self._server.git_dir.stat().st_uid
        if owner != os.geteuid():
            text = f"the repository belongs to user {owner}; its settings were read for that user"
            yield Diagnosis("server", Health.NOTE, text, "run this as the user who serves pushes")

    def _pin(self) -> Iterator[Diagnosis]:
        return diagnose_genesis(self._found.facts, self._genesis, self._server.genesis())

    def _settings(self) -> list[Diagnosis]:
        configuration = read_configuration(self._server.git, self._server.git_dir)
        values = {name: [v.value for v in found] for name, found in configuration.items()}
        return diagnose_server_settings(values, self._server.ref)

    def _refs(self) -> Iterator[Diagnosis]:
        git_dir = self._server.git_dir
        symbolic = list(symbolic_refs(git_dir))
        return diagnose_refs(symbolic, self._server.ref, missing_alternates(git_dir))

    def _forge(self) -> Iterator[Diagnosis]:
        places = ("hooks/post-receive*", "hooks/post-receive.d/*", "custom_hooks/post-receive.d/*")
        found = (hook for place in places for hook in self._server.git_dir.glob(place))
        has_companion = any(_settings_of(hook) is not None for hook in found)
        return diagnose_forge(self._kind, self._server.ref, has_companion=has_companion)

    def _landed(self) -> Iterator[Diagnosis]:
        workspace = self._server.workspace
        tips = LandedTips(self._server.git_dir / "gitprov")
        gone: list[tuple[str, str]] = []
        for ref in tips.refs():
            tip, landed = workspace.refs.get(ref), tips.of(ref)
            missing = landed if tip is None else off_chain(workspace.view, tip, landed)
            gone += [(ref, oid) for oid in missing]
        return diagnose_landed(gone, self._found.facts.target)

    def _proof(self) -> Iterator[Diagnosis]:
        if self._found.stranger is not None:
            text = f"the hook was not run: user {self._found.stranger} could have written it"
            yield Diagnosis(PROOF, Health.UNKNOWN, text, "run this as the user who serves pushes")
            return
        with tempfile.TemporaryDirectory(prefix="gitprov-doctor-") as folder:
            scratch = ScratchServer(self._server.git, Path(folder), self._server.ref)
            scratch.make(self._server.git_dir / "objects")
            if self._found.plugged is not None:
                scratch.lend_hook(self._found.plugged)
            else:
                scratch.lend_hooks(self._found.folder)
            tip = self._server.tip()
            if tip is None:
                sample = Path(folder) / "sample.bundle"
                sample.write_bytes(read_shipped(_SAMPLE))
                tip = scratch.load(sample)
                text = "there is no ledger here yet; testing with the bundled sample ledger instead"
                yield Diagnosis(PROOF, Health.NOTE, text)
            scratch.accept(tip)
            yield from diagnose_probes(self._found.facts, list(self._probes(scratch)))
        yield from self._others()

    def _probes(self, scratch: ScratchServer) -> Iterator[Probe]:
        now = self._server.workspace.clock.now()
        for what, expected, pushed in (
            ("a forged rewrite", Code.NON_FF, scratch.forge(scratch.parents()[:1], now)),
            ("a deletion", Code.REF_DELETE, ""),
            ("an unsigned entry", Code.UNSIGNED, scratch.forge([scratch.tip], now)),
        ):
            ended = scratch.push(pushed)
            yield Probe(what, expected, ended.moved, ended.said)

    def _others(self) -> Iterator[Diagnosis]:
        """Say what became of the hooks of others."""
        files = DiskHookFiles(follow_links=True)
        if self._found.plugged is not None:
            names = set(files.names(self._found.plugged.parent) or ()) - _OURS
            text = f"not run, since they need the server around them: {', '.join(sorted(names))}"
        else:
            names = set(files.names(self._server.git_dir / "hooks/pre-receive.d") or ()) - _OURS
            text = f"run as well where ours let a push pass: {', '.join(sorted(names))}"
        if names:
            yield Diagnosis(PROOF, Health.NOTE, f"hooks of others were {text}")


def _find(server: ServerRepository, path: Path) -> _Found:
    files = DiskHookFiles(follow_links=True)
    for kind in _PLUGGED:
        place = HookLocation(server.git_dir, kind)
        found = find_installed(place, files)
        if found is not None and place.plugged is not None:
            return _found(server, path, place, found[0])
    place = HookLocation(server.git_dir, ServerKind.BARE)
    found = find_installed(place, files)
    linked = sorted(place.main.parent.glob("pre-receive.h*"))  # as gitolite links them
    named = [place.main if found is None else found[0], *linked]
    ours = (hook for hook in named if _settings_of(hook) is not None)
    return _found(server, path, place, next(ours, place.main))


def _found(server: ServerRepository, path: Path, place: HookLocation, hook: Path) -> _Found:
    folder = server.hooks_folder()
    is_shadowed = folder.path.resolve() != place.main.parent.resolve()
    is_gitlab = place.kind is ServerKind.GITLAB  # it runs the folder itself, whatever git says
    settings = _settings_of(hook)
    status = hook.stat() if hook.is_file() else None
    owner = server.git_dir.stat().st_uid
    trusted = {0, os.geteuid(), owner}
    owners = {owner} if status is None else {owner, status.st_uid}
    stranger = next(iter(sorted(owners - {0, os.geteuid()})), None)
    kind = ServerKind.GITOLITE if _is_gitolite(server.git_dir) else place.kind
    may_try = settings is not None and stranger is None
    facts = HookFacts(
        kind=kind,
        target=shlex.quote(str(path)),
        remedy=_install_command(kind, path, hook),
        path=hook,
        settings=settings,
        is_executable=status is not None and bool(status.st_mode & 0o111),
        owner=None if status is None else status.st_uid,
        trusted=frozenset(trusted),
        mode=0 if status is None else status.st_mode,
        hooks_origin=folder.origin if is_shadowed and not is_gitlab else None,
        interpreter=try_interpreter(settings.python) if settings and may_try else None,
        # Elsewhere the proof shows it.
        dispatches=place.kind is not ServerKind.GITEA or _runs(place.main),
    )
    return _Found(facts, place.plugged, folder.path, stranger)


def _is_gitolite(git_dir: Path) -> bool:
    """Whether gitolite made the repository: its update hook leads to gitolite's own."""
    update = git_dir / "hooks" / "update"
    return update.is_symlink() and "/.gitolite/" in os.path.realpath(update)


def _install_command(kind: ServerKind, path: Path, hook: Path) -> str:
    if kind is ServerKind.BARE:
        return f"gitprov server install {shlex.quote(str(path))}"
    if kind is not ServerKind.GITOLITE:
        return f"gitprov server install {shlex.quote(str(path))} --kind {kind}"
    real = hook.resolve()
    if real.parent.name != REPO_SPECIFIC:
        return "gitprov server install ~/local --kind gitolite; the next steps are printed then"
    name = "" if real.name == PLUGGED_NAME else f" --name {real.name}"
    return f"gitprov server install {shlex.quote(str(real.parents[2]))} --kind gitolite{name}"


def _settings_of(hook: Path) -> HookSettings | None:
    return read_hook(hook.read_bytes()) if hook.is_file() else None


def _runs(main: Path) -> bool:
    """Whether the server's own hook is there, runnable, and names a folder of hooks."""
    return main.is_file() and os.access(main, os.X_OK) and b".d" in main.read_bytes()


def _safely(section: str, look: Callable[[], Iterable[Diagnosis]]) -> Iterator[Diagnosis]:
    try:
        yield from look()
    except (GitprovError, OSError) as reason:
        text = f"this could not be looked at: {reason}"
        is_bad = isinstance(reason, GitprovError) and reason.code is Code.REF_FORBIDDEN
        health = Health.PROBLEM if is_bad else Health.UNKNOWN
        yield Diagnosis(section, health, text, "fix that first, then run this again")
