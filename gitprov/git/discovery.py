"""Finds a repository as Git does, without being steered by its configuration (V-18, V-19).

Only `.git` files, `commondir`, `HEAD` and the few settings that say how the repository is
stored are read. No program is run, no include followed, no environment looked at.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitprov.disk.durable import read_file, unreadable
from gitprov.errors import Code, StorageError, UnsupportedRepositoryError, UsageError
from gitprov.git import config_parser as gitconfig

_CONFIG_LIMIT = 16 * 1024 * 1024
_SMALL = 64 * 1024
_HEX = frozenset("0123456789abcdef")
_OID_LENGTHS = (40, 64)
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})


@dataclass(frozen=True, slots=True)
class RepositoryLocation:
    """Where a repository is and how it is stored.

    Args:
        git_dir: the worktree's own git directory.
        common_dir: the one that all worktrees share.
        work_tree: None in a bare repository, and when found from inside a git directory.
        is_bare: whether the repository says so of itself.
        object_format: ``sha1`` or ``sha256``.
        ref_format: ``files`` or ``reftable``.
        is_shallow: whether there is a ``shallow`` file.
        is_partial: whether objects may be left with a remote.
        sharing: permission bits of core.sharedRepository (see loose.shared_mode).
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    is_bare: bool
    object_format: str
    ref_format: str
    is_shallow: bool
    is_partial: bool
    sharing: int | None = None

    @property
    def can_hold_ledger(self) -> bool:
        """Whether the ledger may live here; else it needs a store of its own (2.1)."""
        plain = self.object_format == "sha1" and self.ref_format == "files"
        return plain and not self.is_partial


def discover(start: Path | None = None, *, git_dir: Path | None = None) -> RepositoryLocation:
    """Find the repository of a folder, upwards as Git does, or take the one named explicitly.

    Args:
        start: where to look from; None is the current folder.
        git_dir: an explicit git directory (wiring may pass GIT_DIR on); ``start`` is then
            the work tree, unless the repository is bare.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, no repository here, the current
            folder is gone, or a ``.git`` file leads nowhere.
        UsageError: GPV-422-ARGUMENT, ``start`` is not a folder.
        StorageError: GPV-500-INTERNAL, something on the way cannot be read.
    """
    if git_dir is None:
        for place in discover_upwards(start):
            return place
        raise unsupported(
            f"no Git repository at {str(_absolute(start))!r} or above it",
            "run gitprov inside a repository, or name one with -C",
        )
    here = _absolute(start)
    found = _resolve(here / git_dir)
    if found is None:
        raise unsupported(f"{str(git_dir)!r} is not a Git repository", "check the path")
    return read_place(found, here)


def discover_upwards(start: Path | None = None) -> Iterator[RepositoryLocation]:
    """Yield every repository around a folder, the nearest first: a submodule, then its parent.

    Raises:
        UnsupportedRepositoryError, UsageError, StorageError: as discover.
    """
    here = _absolute(start)
    for folder in (here, *here.parents):
        try:
            found = _resolve(folder / ".git")
            if found is not None:
                yield read_place(found, folder)
            elif is_git_dir(folder):
                yield read_place(folder, None)
        except PermissionError as error:
            raise unreadable(error, folder) from error


def read_place(git_dir: Path, work_tree: Path | None) -> RepositoryLocation:
    """Read how the repository of a git directory is stored.

    Raises:
        StorageError: GPV-500-INTERNAL, its configuration cannot be read.
    """
    common = _common_dir(git_dir)
    settings = _settings(common / "config")
    is_bare = gitconfig.is_true(settings, "core.bare") and git_dir == common
    return RepositoryLocation(
        git_dir=git_dir,
        common_dir=common,
        work_tree=None if is_bare else work_tree,
        is_bare=is_bare,
        object_format=gitconfig.last(settings, "extensions.objectformat", "sha1").lower(),
        ref_format=gitconfig.last(settings, "extensions.refstorage", "files").lower(),
        is_shallow=(common / "shallow").is_file(),
        is_partial="extensions.partialclone" in settings or _has_promisor(settings),
        sharing=gitconfig.sharing_bits(gitconfig.last(settings, "core.sharedrepository", "")),
    )


def is_git_dir(path: Path) -> bool:
    """Git's own test: a valid HEAD, and in the common directory objects and refs.

    Raises:
        StorageError: GPV-500-INTERNAL, out of file descriptors or memory.
    """
    head = path / "HEAD"
    try:
        if head.is_symlink():
            is_head = str(head.readlink()).startswith("refs/")
        else:
            line = _first_line(head) if head.is_file() else ""
            is_head = line.startswith("ref: refs/") or _is_oid(line)
        if not is_head:
            return False
        common = _common_dir(path)
    except StorageError as reason:
        if reason.details.get("errno") in _EXHAUSTED:
            raise  # whether it is one could not be found out
        return False
    return (common / "objects").is_dir() and (common / "refs").is_dir()


def unsupported(what: str, remedy: str) -> UnsupportedRepositoryError:
    """Return the error of V0: what is wrong and what to do about it."""
    return UnsupportedRepositoryError(Code.REPO_UNSUPPORTED, f"{what}; {remedy}", remedy=remedy)


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
    line = _first_line(path)
    if not line.startswith("gitdir: "):
        raise unsupported(f"{str(path)!r} is not a valid .git file", "repair or remove it")
    target = Path(os.path.realpath(path.parent / line.removeprefix("gitdir: ")))
    if not is_git_dir(target):
        raise unsupported(
            f"{str(path)!r} names {str(target)!r}, which is not a Git repository",
            "repair it with: git worktree repair",
        )
    return target


def _common_dir(git_dir: Path) -> Path:
    named = git_dir / "commondir"
    if not named.is_file():
        return git_dir
    return Path(os.path.realpath(git_dir / _first_line(named)))


def _first_line(path: Path) -> str:
    try:
        content = read_file(os.path.realpath(path), _SMALL)
    except OSError as error:
        raise unreadable(error, path) from error
    return os.fsdecode(content).split("\n", 1)[0].rstrip("\r")


def _settings(path: Path) -> gitconfig.Settings:
    try:
        return gitconfig.parse_config(read_file(os.path.realpath(path), _CONFIG_LIMIT))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise unreadable(error, path) from error


def _has_promisor(settings: gitconfig.Settings) -> bool:
    names = (n for n in settings if n.startswith("remote.") and n.endswith(".promisor"))
    return any(gitconfig.is_true(settings, name) for name in names)


def _is_oid(text: str) -> bool:
    return len(text) in _OID_LENGTHS and set(text) <= _HEX
