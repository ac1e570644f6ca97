"""Finds a repository as Git does, without being steered by its configuration (V-18, V-19).

Only `.git` files, `commondir`, `HEAD` and the few settings that say how the repository is
stored are read, from the same files as git reads them. No program is run, no include followed;
of the environment counts what the caller hands in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gitprov.disk.durable import unreadable
from gitprov.errors import Code, UsageError
from gitprov.git.config_parser import TRUE
from gitprov.git.location import (
    RepositoryLocation,
    first_line,
    is_git_dir,
    own_work_tree,
    read_location,
    unsupported,
)

REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_WORK_TREE",
    }
)
_UNSET = "check it, or unset it"
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def without_repository(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables without those that name a repository, for one that is named explicitly."""
    return {name: value for name, value in variables.items() if name not in REPOSITORY_VARIABLES}


def outside_quarantine(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables with which a server's hook writes to the repository itself.

    What a push brings waits in a folder that is dropped if the push is refused; it can be read
    there, but the ledger's objects must outlive it.
    """
    objects = variables.get("GIT_OBJECT_DIRECTORY")
    if not objects or not variables.get("GIT_QUARANTINE_PATH"):
        return variables
    others = variables.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep)
    readable = os.pathsep.join(folder for folder in (objects, *others) if folder)
    kept = {name: value for name, value in variables.items() if name != "GIT_OBJECT_DIRECTORY"}
    return kept | {"GIT_ALTERNATE_OBJECT_DIRECTORIES": readable}


def discover(
    start: Path | None = None, variables: Mapping[str, str] = NO_VARIABLES
) -> RepositoryLocation:
    """Find the repository of a folder, upwards as Git does, or take the one that GIT_DIR names.

    Args:
        start: where to look from; None is the current folder.
        variables: those of Git (see git(1)): GIT_DIR, GIT_WORK_TREE, GIT_COMMON_DIR,
            GIT_CEILING_DIRECTORIES, GIT_DISCOVERY_ACROSS_FILESYSTEM, GIT_OBJECT_DIRECTORY,
            GIT_ALTERNATE_OBJECT_DIRECTORIES.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, no repository here, the current
            folder is gone, or a ``.git`` file leads nowhere.
        UsageError: GPV-422-ARGUMENT, ``start`` is not a folder.
        StorageError: GPV-500-INTERNAL, something on the way cannot be read.
    """
    if not variables.get("GIT_DIR"):
        for place in discover_upwards(start, variables):
            return place
        raise unsupported(
            f"no Git repository at {str(_absolute(start))!r} or above it",
            "run gitprov inside a repository, or name one with -C",
        )
    here = _absolute(start)
    named = Path(variables["GIT_DIR"])
    found = _resolve(here / named)
    if found is None:
        raise unsupported(f"GIT_DIR names {str(named)!r}, which is not a Git repository", _UNSET)
    place = _with_variables(
        read_location(found, here, _named_common_dir(here, variables)), here, variables
    )
    if place.work_tree != here or variables.get("GIT_WORK_TREE"):
        return place
    # Git takes the current folder for the top. A hook that changed to a folder below means the
    # work tree that this git directory belongs to.
    own = own_work_tree(found)
    is_inside = own is not None and (own == here or own in here.parents)
    return replace(place, work_tree=own) if is_inside else place


def discover_upwards(
    start: Path | None = None, variables: Mapping[str, str] = NO_VARIABLES
) -> Iterator[RepositoryLocation]:
    """Yield every repository around a folder, the nearest first: a submodule, then its parent.

    Raises:
        UnsupportedRepositoryError, UsageError, StorageError: as discover.
    """
    here = _absolute(start)
    for folder in _upwards(here, variables):
        try:
            found = _resolve(folder / ".git")
            if found is not None:
                place = read_location(found, folder, _named_common_dir(here, variables))
            elif is_git_dir(folder):
                place = read_location(folder, None, _named_common_dir(here, variables))
            else:
                continue
        except PermissionError as error:
            raise unreadable(error, folder) from error
        yield _with_variables(place, here, variables)


def _upwards(here: Path, variables: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders that git looks at: up to a ceiling, and on one file system."""
    yield here
    ceilings = _ceilings(variables.get("GIT_CEILING_DIRECTORIES", ""))
    crosses = variables.get("GIT_DISCOVERY_ACROSS_FILESYSTEM", "").lower() in TRUE
    device = here.stat().st_dev
    for folder in here.parents:
        if folder in ceilings:
            return
        if not crosses:
            try:
                if folder.stat().st_dev != device:
                    return
            except OSError as error:
                raise unreadable(error, folder) from error
        yield folder


def _ceilings(value: str) -> frozenset[Path]:
    """Read GIT_CEILING_DIRECTORIES: after an empty item, links are not followed."""
    folders: set[Path] = set()
    is_literal = False
    for item in value.split(os.pathsep) if value else ():
        if not item:
            is_literal = True
        elif Path(item).is_absolute():
            folders.add(Path(os.path.normpath(item) if is_literal else os.path.realpath(item)))
    return frozenset(folders)


def _named_common_dir(here: Path, variables: Mapping[str, str]) -> Path | None:
    named = variables.get("GIT_COMMON_DIR")
    return Path(os.path.realpath(here / named)) if named else None


def _with_variables(
    place: RepositoryLocation, here: Path, variables: Mapping[str, str]
) -> RepositoryLocation:
    """Let Git's variables say where the work tree and the objects are."""
    work_tree = variables.get("GIT_WORK_TREE")
    if work_tree:
        place = replace(place, work_tree=Path(os.path.realpath(here / work_tree)), is_bare=False)
    elif variables.get("GIT_DIR") and variables.get("GIT_IMPLICIT_WORK_TREE") == "0":
        place = replace(place, work_tree=None)
    own = variables.get("GIT_OBJECT_DIRECTORY")
    folders = variables.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep)
    return replace(
        place,
        object_dir=Path(os.path.realpath(here / own)) if own else None,
        borrowed=tuple(Path(os.path.realpath(here / folder)) for folder in folders if folder),
    )


def _absolute(start: Path | None) -> Path:
    try:
        here = Path(os.path.realpath(Path.cwd() if start is None else start.absolute()))
    except FileNotFoundError as error:
        raise unsupported(
            "the current folder no longer exists", "change to an existing folder"
        ) from error
    if not here.is_dir():
        raise UsageError(Code.ARGUMENT, f"{str(start)!r} is not a folder; check the path")
    return here


def _resolve(path: Path) -> Path | None:
    """Follow a ``.git`` folder or file; None if it is neither."""
    if path.is_dir():
        return path if is_git_dir(path) else None
    if not path.is_file():
        return None
    line = first_line(path)
    if not line.startswith("gitdir: "):
        raise unsupported(f"{str(path)!r} is not a valid .git file", "repair or remove it")
    target = Path(os.path.realpath(path.parent / line.removeprefix("gitdir: ")))
    if not is_git_dir(target):
        raise unsupported(
            f"{str(path)!r} names {str(target)!r}, which is not a Git repository",
            "repair it with: git worktree repair",
        )
    return target
