"""Plans how the server hook comes into a repository and out of it again (7.2); changes nothing.

An existing hook is never lost: it stays where the server runs it, or is chained behind ours.
Every step leaves a place that is as safe as before; to begin again after a kill completes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.model.server_hook import HookAction, HookChange, HookFile, ServerKind
from gitprov.service.ports.hooks import HookFiles
from gitprov.service.server.hook_text import is_chain, read_hook

_CHAINED = "00-gitprov"
_PREVIOUS = "50-previous"
PLUGGED_NAME = "gitprov"
"""The name of our hook where the server itself runs a folder of hooks."""
REPO_SPECIFIC = "repo-specific"
_FOLDERS = {
    ServerKind.GITLAB: Path("custom_hooks/pre-receive.d"),
    ServerKind.GITEA: Path("hooks/pre-receive.d"),
    ServerKind.FORGEJO: Path("hooks/pre-receive.d"),
    ServerKind.GITOLITE: Path("hooks") / REPO_SPECIFIC,
}


@dataclass(frozen=True, slots=True)
class HookLocation:
    """Where a hook goes.

    Args:
        root: the repository's git directory; for gitolite the folder LOCAL_CODE.
        kind: the kind of server.
        name: of our hook in a folder of hooks.
    """

    root: Path
    kind: ServerKind
    name: str = PLUGGED_NAME

    @property
    def main(self) -> Path:
        """The hook that git itself runs."""
        return self.root / "hooks" / "pre-receive"

    @property
    def chain(self) -> Path:
        """The folder of a chain."""
        return self.root / "hooks" / "pre-receive.d"

    @property
    def chained(self) -> Path:
        """Our hook in a chain."""
        return self.chain / _CHAINED

    @property
    def previous(self) -> Path:
        """The earlier hook in a chain."""
        return self.chain / _PREVIOUS

    @property
    def plugged(self) -> Path | None:
        """Our hook where the server itself runs a folder of hooks; None elsewhere."""
        folder = _FOLDERS.get(self.kind)
        return None if folder is None else self.root / folder / self.name


def find_installed(place: HookLocation, files: HookFiles) -> tuple[Path, HookFile] | None:
    """Find our hook, wherever an installation of this kind puts it."""
    candidates = [place.plugged] if place.plugged else [place.main, place.chained]
    for path in candidates:
        found = files.read(path)
        if found is not None and read_hook(found.content) is not None:
            return path, found
    return None


def plan_install(
    place: HookLocation, files: HookFiles, hook: bytes, chain: bytes
) -> list[HookChange]:
    """Plan an installation; an empty plan means that all is as it must be.

    Args:
        place: where to.
        files: looks at what is there.
        hook: our hook, its settings written.
        chain: the hook that runs ours and an earlier one.

    Raises:
        UsageError: GPV-422-ARGUMENT; something is there that must not be overwritten.
    """
    if place.plugged is not None:
        _require_ours(place.plugged, files.read(place.plugged))
        return list(_write(place.plugged, files, hook))
    before = files.read(place.main)
    if before is None or read_hook(before.content) is not None:
        return list(_write(place.main, files, hook))
    _require_ours(place.chained, files.read(place.chained))
    if _runs_folder(before, place, files):
        return list(_write(place.chained, files, hook))
    steps = list(_write(place.chained, files, hook))
    if not is_chain(before.content):
        steps += _keep(place, files, before)
    steps += _write(place.main, files, chain)
    return steps


def plan_removal(place: HookLocation, files: HookFiles) -> list[HookChange]:
    """Plan to restore what was there before an installation; empty if nothing of ours is there."""
    if place.plugged is not None:
        return list(_take_out(place.plugged, files))
    before = files.read(place.main)
    if before is not None and is_chain(before.content):
        steps = [HookChange(HookAction.REMOVE, place.main)]
        if files.read(place.previous) is not None:
            steps = [HookChange(HookAction.RESTORE, place.main, source=place.previous)]
        return [*steps, *_take_out(place.chained, files)]
    if before is not None and read_hook(before.content) is not None:
        return [HookChange(HookAction.REMOVE, place.main)]
    return list(_take_out(place.chained, files))


def _write(path: Path, files: HookFiles, content: bytes) -> Iterator[HookChange]:
    there = files.read(path)
    if there is not None and there.content == content and there.is_executable:
        return
    yield from _make(path.parent, files)
    yield HookChange(HookAction.WRITE, path, content)


def _make(folder: Path, files: HookFiles) -> Iterator[HookChange]:
    if files.names(folder) is None:
        yield HookChange(HookAction.MAKE_FOLDER, folder)


def _keep(place: HookLocation, files: HookFiles, before: HookFile) -> list[HookChange]:
    kept = files.read(place.previous)
    if kept is None:
        return [HookChange(HookAction.KEEP, place.previous, source=place.main)]
    if kept.identity == before.identity or kept.content == before.content:
        return []  # an installation was killed between this step and the next
    text = (
        f"{str(place.previous)!r} holds an earlier hook, and {str(place.main)!r} is yet another;"
        " merge the two by hand into the second and remove the first"
    )
    raise UsageError(Code.ARGUMENT, text, path=str(place.previous))


def _take_out(path: Path, files: HookFiles) -> Iterator[HookChange]:
    there = files.read(path)
    if there is not None and read_hook(there.content) is not None:
        yield HookChange(HookAction.REMOVE, path)
        yield HookChange(HookAction.REMOVE_FOLDER, path.parent)


def _require_ours(path: Path, there: HookFile | None) -> None:
    if there is not None and read_hook(there.content) is None:
        text = f"{str(path)!r} is another tool's hook; move it aside and re-run the install"
        raise UsageError(Code.ARGUMENT, text, path=str(path))


def _runs_folder(before: HookFile, place: HookLocation, files: HookFiles) -> bool:
    """Whether the existing hook runs a folder of hooks itself, as forges' own do."""
    if is_chain(before.content):
        return False
    if b"pre-receive.d" in before.content:
        return True
    others = set(files.names(place.chain) or ()) - {_CHAINED, _PREVIOUS}
    return bool(others) and b".d" in before.content
