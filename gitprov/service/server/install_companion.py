"""Plans how the companion of the hook, a post-receive hook, comes and goes (7.1); changes nothing.

It is a help and no guard, so it never takes the place of another tool's hook.
"""

from __future__ import annotations

from pathlib import Path

from gitprov.errors import GitprovError
from gitprov.model.server_hook import HookAction, HookChange, HookFile, ServerKind
from gitprov.service.ports.hooks import HookFiles
from gitprov.service.server.hook_text import read_hook
from gitprov.service.server.install_hook import PLUGGED_NAME, REPO_SPECIFIC, HookLocation

_FOLDER = "post-receive.d"
_PLUGGED = {
    ServerKind.GITLAB: Path("custom_hooks") / _FOLDER,
    ServerKind.GITEA: Path("hooks") / _FOLDER,
    ServerKind.FORGEJO: Path("hooks") / _FOLDER,
}


def companion_path(place: HookLocation, files: HookFiles) -> Path | None:
    """Return where the companion goes; None where another hook is in its place."""
    if place.kind is ServerKind.GITOLITE:
        return _free(place.root / "hooks" / REPO_SPECIFIC / f"{place.name}-landed", files)
    plugged = _PLUGGED.get(place.kind)
    if plugged is not None:
        return _free(place.root / plugged / place.name, files)
    main = place.root / "hooks" / "post-receive"
    there = _read(main, files)
    if there is not None and _FOLDER.encode() in there.content:
        return _free(main.parent / _FOLDER / PLUGGED_NAME, files)
    return _free(main, files)


def plan_companion(place: HookLocation, files: HookFiles, hook: bytes) -> list[HookChange]:
    """Plan its installation; an empty plan if it is there, or has no place."""
    path = companion_path(place, files)
    there = None if path is None else files.read(path)
    if path is None or (there is not None and there.content == hook and there.is_executable):
        return []
    steps = [HookChange(HookAction.WRITE, path, hook)]
    if path.parent.name == _FOLDER and files.names(path.parent) is None:
        steps.insert(0, HookChange(HookAction.MAKE_FOLDER, path.parent))
    return steps


def plan_companion_removal(place: HookLocation, files: HookFiles) -> list[HookChange]:
    """Plan to take it out again; empty if it is not there."""
    path = companion_path(place, files)
    if path is None or files.read(path) is None:
        return []
    steps = [HookChange(HookAction.REMOVE, path)]
    if path.parent.name == _FOLDER:
        steps.append(HookChange(HookAction.REMOVE_FOLDER, path.parent))
    return steps


def _free(path: Path, files: HookFiles) -> Path | None:
    there = _read(path, files)
    return path if there is None or read_hook(there.content) is not None else None


def _read(path: Path, files: HookFiles) -> HookFile | None:
    """Return a hook; what cannot be read as one, such as a link, counts as another tool's."""
    try:
        return files.read(path)
    except GitprovError:
        return HookFile(b"", is_executable=False)
