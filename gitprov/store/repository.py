"""Finds a repository as Git does, without being steered by its configuration, and opens it.

Discovery reads `.git` files, `commondir`, `HEAD` and the few settings that say how the
repository is stored (V0, V-18, V-19). Nothing here runs a program, follows an include or
looks at the environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.store import gitconfig
from gitprov.store.durable import make_folders, mapped, read_file, replace_file

LEDGER_STORE = "gitprov/ledger.git"
_CONFIG_LIMIT = 16 * 1024 * 1024
_SHALLOW_LIMIT = 64 * 1024 * 1024
_SMALL = 64 * 1024
_HEX = frozenset("0123456789abcdef")
_EXTENSIONS = ["partialclone", "relativeworktrees"]


@dataclass(frozen=True, slots=True)
class RepositoryPlace:
    """Where a repository is and how it is stored; ``work_tree`` is None in a bare one.

    ``git_dir`` is the worktree's own folder, ``common_dir`` the one all worktrees share.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    is_bare: bool
    object_format: str
    ref_format: str
    is_shallow: bool
    is_partial: bool

    @property
    def can_hold_ledger(self) -> bool:
        """Whether the ledger may live here; else it needs a store of its own (2.1)."""
        plain = self.object_format == "sha1" and self.ref_format == "files"
        return plain and not self.is_partial


def discover(start: Path | None = None, *, git_dir: Path | None = None) -> RepositoryPlace:
    """Find the repository of a folder, upwards as Git does, or take the one named explicitly.

    Args:
        start: where to look from; None is the current folder.
        git_dir: an explicit git directory (only bootstrap may pass GIT_DIR on); then
            ``start`` is the work tree unless the repository is bare.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, no repository here, the current
            folder is gone, or a ``.git`` file leads nowhere.
    """
    here = _absolute(start)
    if git_dir is not None:
        found = _resolve_git_dir(here / git_dir)
        if found is None:
            raise _unsupported(f"{str(git_dir)!r} is no Git repository", "check the path")
        return _place(found, here if found.name == ".git" else None)
    for folder in (here, *here.parents):
        dot_git = folder / ".git"
        found = _resolve_git_dir(dot_git)
        if found is not None:
            return _place(found, folder)
        if _is_git_dir(folder):
            return _place(folder, None)
    raise _unsupported(
        f"no Git repository at {str(here)!r} or above it",
        "run gitprov inside a repository, or name one with -C",
    )


def open_ledger_repository(git_dir: Path) -> pygit2.Repository:
    """Open the ledger's repository by its explicit path, never searching upwards (V0).

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, with what to do.
    """
    return _open(git_dir, RepositoryOpenFlag.NO_SEARCH)


def open_in_hook(git_dir: Path) -> pygit2.Repository:
    """Open the repository inside pre-receive, so that quarantined objects are seen.

    The environment must already be scrubbed to the three quarantine variables; never write
    through the returned repository (4.1).

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    flags = RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.FROM_ENV
    return _open(git_dir, RepositoryOpenFlag(flags | RepositoryOpenFlag.BARE))


def check_supported(place: RepositoryPlace, is_ledger_oid: Callable[[str], bool]) -> list[str]:
    """Refuse what would make the ledger unreadable or its reading a lie (V0, V-01, V-10).

    Args:
        place: the ledger's repository.
        is_ledger_oid: whether an oid is one of the ledger's entries.

    Returns:
        The names of replace refs, which are ignored and reported.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    check_format(place)
    grafts = place.common_dir / "info" / "grafts"
    if grafts.exists():
        raise _unsupported(f"{str(grafts)!r} rewrites history for Git's tools", "remove that file")
    for oid in shallow_oids(place):
        if is_ledger_oid(oid):
            raise _unsupported(
                f"the shallow file cuts the ledger off at entry {oid}",
                "fetch the ledger whole: git fetch --unshallow",
            )
    return list(_replace_refs(place.common_dir))


def check_format(place: RepositoryPlace) -> None:
    """Refuse a repository whose objects or refs libgit2 cannot read as the ledger's store.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    remedy = "keep the ledger in a store of its own (git config gitprov.store)"
    if place.object_format != "sha1":
        raise _unsupported(
            f"{str(place.common_dir)!r} stores {place.object_format} objects, the ledger needs"
            " sha1",
            remedy,
        )
    if place.ref_format != "files":
        raise _unsupported(
            f"{str(place.common_dir)!r} stores its refs as {place.ref_format}, the ledger needs"
            " files",
            remedy,
        )


def shallow_oids(place: RepositoryPlace) -> list[str]:
    """Return the oids that the ``shallow`` file names; none if there is no such file.

    Raises:
        StorageError: GPV-500-INTERNAL, the file cannot be read.
    """
    path = place.common_dir / "shallow"
    try:
        text = read_file(path, _SHALLOW_LIMIT).decode("ascii", "replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(path, error) from error
    return text.split()


def create_ledger_store(path: Path) -> RepositoryPlace:
    """Create the bare SHA-1 repository for a ledger of its own; no templates, no hooks.

    Doing it again changes nothing, also while another process does the same.

    Raises:
        StorageError: GPV-507-STORAGE.
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, something else is there.
    """
    found = _resolve_git_dir(path)
    if found is None:
        with mapped("create", path):
            for part in ("objects/info", "objects/pack", "refs", "info"):
                make_folders(path / part)
        if not (path / "config").exists():
            replace_file(
                path / "config", b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n", 0o644
            )
        # HEAD comes last: only with it is the folder a repository.
        replace_file(path / "HEAD", b"ref: refs/heads/none\n", 0o644)
        found = path
    place = _place(found, None)
    check_format(place)
    return place


def _absolute(start: Path | None) -> Path:
    try:
        here = Path.cwd() if start is None else start.absolute()
        return Path(os.path.realpath(here))
    except FileNotFoundError as error:
        raise _unsupported(
            "the current folder no longer exists", "change to an existing folder"
        ) from error


def _resolve_git_dir(path: Path) -> Path | None:
    """Follow a ``.git`` folder or file; None if it is neither."""
    if path.is_dir():
        return path if _is_git_dir(path) else None
    if not path.is_file():
        return None
    line = _first_line(path)
    if not line.startswith("gitdir: "):
        raise _unsupported(f"{str(path)!r} is no valid .git file", "repair or remove it")
    target = Path(os.path.realpath(path.parent / line.removeprefix("gitdir: ")))
    if not _is_git_dir(target):
        raise _unsupported(
            f"{str(path)!r} names {str(target)!r}, which is no Git repository",
            "repair it with: git worktree repair",
        )
    return target


def _is_git_dir(path: Path) -> bool:
    """Git's own test: a valid HEAD, objects and refs (both in the common folder)."""
    head = path / "HEAD"
    if not (head.is_file() or head.is_symlink()):
        return False
    try:
        common = _common_dir(path)
        if not ((common / "objects").is_dir() and (common / "refs").is_dir()):
            return False
        if head.is_symlink():
            return str(head.readlink()).startswith("refs/")
        line = _first_line(head)
    except (OSError, StorageError):
        return False
    return line.startswith("ref: refs/") or (len(line) in (40, 64) and set(line) <= _HEX)


def _common_dir(git_dir: Path) -> Path:
    named = git_dir / "commondir"
    if not named.is_file():
        return git_dir
    return Path(os.path.realpath(git_dir / _first_line(named)))


def _first_line(path: Path) -> str:
    try:
        content = read_file(Path(os.path.realpath(path)), _SMALL)
    except OSError as error:
        raise _unreadable(path, error) from error
    return os.fsdecode(content).split("\n", 1)[0].rstrip("\r")


def _place(git_dir: Path, work_tree: Path | None) -> RepositoryPlace:
    common = _common_dir(git_dir)
    settings = _settings(common / "config")
    bare = gitconfig.is_true(settings, "core.bare") and git_dir == common
    object_format = gitconfig.last(settings, "extensions.objectformat") or "sha1"
    ref_format = gitconfig.last(settings, "extensions.refstorage") or "files"
    return RepositoryPlace(
        git_dir=git_dir,
        common_dir=common,
        work_tree=None if bare else work_tree,
        is_bare=bare,
        object_format=object_format.lower(),
        ref_format=ref_format.lower(),
        is_shallow=(common / "shallow").is_file(),
        is_partial="extensions.partialclone" in settings or _has_promisor(settings),
    )


def _has_promisor(settings: gitconfig.Settings) -> bool:
    return any(
        name.startswith("remote.")
        and name.endswith(".promisor")
        and gitconfig.is_true(settings, name)
        for name in settings
    )


def _settings(path: Path) -> gitconfig.Settings:
    try:
        return gitconfig.parse_config(read_file(Path(os.path.realpath(path)), _CONFIG_LIMIT))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, error) from error


def _open(git_dir: Path, flags: RepositoryOpenFlag) -> pygit2.Repository:
    # Both settings are the process's own: fsync whatever libgit2 writes, and open partial
    # clones, so that an object which is not fetched reads as such instead of as "no repository".
    pygit2.settings.enable_fsync_gitdir(True)
    pygit2.settings.set_extensions(_EXTENSIONS)
    try:
        return pygit2.Repository(str(git_dir), flags)
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        raise _cannot_open(git_dir, error) from error


def _cannot_open(git_dir: Path, error: Exception) -> UnsupportedRepositoryError:
    reason = str(error)
    if "not owned by current user" in reason:
        remedy = f"run: git config --global --add safe.directory {git_dir}"
    elif not os.access(git_dir, os.R_OK | os.X_OK):
        remedy = "check the permissions of that folder"
    else:
        remedy = "check it with: git fsck"
    return _unsupported(f"cannot open the repository {str(git_dir)!r}: {reason}", remedy)


def _replace_refs(common_dir: Path) -> Iterable[str]:
    for path in sorted((common_dir / "refs" / "replace").glob("**/*")):
        if path.is_file():
            yield path.relative_to(common_dir).as_posix()


def _unsupported(what: str, remedy: str) -> UnsupportedRepositoryError:
    return UnsupportedRepositoryError(Code.REPO_UNSUPPORTED, f"{what}; {remedy}", remedy=remedy)


def _unreadable(path: Path, error: OSError) -> StorageError:
    remedy = "check its permissions and the disk"
    return StorageError(
        Code.INTERNAL,
        f"cannot read {str(path)!r}: {error.strerror or error}; {remedy}",
        path=str(path),
        remedy=remedy,
    )
