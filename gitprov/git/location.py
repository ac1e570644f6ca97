"""Where a repository is and how it is stored, read from the files that git itself reads."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from gitprov.disk.durable import read_file, unreadable
from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
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
        object_dir: where new objects go; None is ``objects`` in the common directory.
        borrowed: further folders that objects are read from, besides alternates.
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
    object_dir: Path | None = None
    borrowed: tuple[Path, ...] = ()

    @property
    def objects(self) -> Path:
        """The folder of its objects."""
        return self.object_dir or self.common_dir / "objects"

    @property
    def further_objects(self) -> tuple[Path, ...]:
        """Folders of objects that the repository itself does not name."""
        return (*(() if self.object_dir is None else (self.object_dir,)), *self.borrowed)

    @property
    def is_submodule(self) -> bool:
        """Whether another repository holds this one's git directory."""
        return "modules" in self.git_dir.parts and self.git_dir.name != ".git"

    @property
    def can_hold_ledger(self) -> bool:
        """Whether the ledger may live here; else it needs a store of its own (2.1)."""
        plain = self.object_format == "sha1" and self.ref_format == "files"
        return plain and not self.is_partial


def read_location(
    git_dir: Path, work_tree: Path | None, common_dir: Path | None = None
) -> RepositoryLocation:
    """Read how the repository of a git directory is stored.

    Args:
        git_dir: the worktree's own.
        work_tree: where it was found; core.worktree counts more.
        common_dir: the one that all worktrees share; None looks it up.

    Raises:
        StorageError: GPV-500-INTERNAL, its configuration cannot be read.
    """
    common = common_dir or _common_dir(git_dir)
    settings = _settings(common / "config")
    own = settings
    if gitconfig.is_true(settings, "extensions.worktreeconfig"):
        own = {**settings, **_settings(git_dir / "config.worktree")}
    is_bare = gitconfig.is_true(own, "core.bare") and git_dir == common
    named = gitconfig.last(own, "core.worktree", "")
    # A linked worktree is where it is; the setting in the shared file is the main one's.
    if named and work_tree is not None and (git_dir == common or own is not settings):
        work_tree = Path(os.path.realpath(git_dir / named))
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
            line = first_line(head) if head.is_file() else ""
            is_head = line.startswith("ref: refs/") or _is_oid(line)
        if not is_head:
            return False
        common = _common_dir(path)
    except StorageError as reason:
        if reason.details.get("errno") in _EXHAUSTED:
            raise  # whether it is one could not be found out
        return False
    return (common / "objects").is_dir() and (common / "refs").is_dir()


def own_work_tree(git_dir: Path) -> Path | None:
    """Return the work tree that a git directory belongs to, None if that is unknown."""
    back = git_dir / "gitdir"  # in a linked worktree's: where its .git file is
    if back.is_file():
        return Path(os.path.realpath(git_dir / first_line(back))).parent
    return git_dir.parent if git_dir.name == ".git" else None


def unsupported(what: str, remedy: str) -> UnsupportedRepositoryError:
    """Return the error of V0: what is wrong and what to do about it."""
    return UnsupportedRepositoryError(Code.REPO_UNSUPPORTED, f"{what}; {remedy}", remedy=remedy)


def _common_dir(git_dir: Path) -> Path:
    named = git_dir / "commondir"
    if not named.is_file():
        return git_dir
    return Path(os.path.realpath(git_dir / first_line(named)))


def first_line(path: Path) -> str:
    """Return the first line of a small file.

    Raises:
        StorageError: GPV-500-INTERNAL, it cannot be read.
    """
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
