"""Opens the ledger's repository by its explicit path and refuses what would lie (V0)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from gitprov.disk.durable import mapped, read_file, unreadable
from gitprov.disk.sharing import Sharing
from gitprov.git.config_parser import sharing_word
from gitprov.git.location import RepositoryLocation, is_git_dir, read_location, unsupported
from gitprov.git.ref_files import list_refs
from gitprov.git.unsafe_objects import require_sound_files, require_sound_packs
from gitprov.model.refs import REPLACE

LEDGER_STORE = "gitprov/ledger.git"
LIBGIT2_VERSION: str = pygit2.LIBGIT2_VERSION
_SHALLOW_LIMIT = 64 * 1024 * 1024
_EXTENSIONS = ["partialclone", "relativeworktrees"]
_WINDOW_BYTES = 8 * 1024 * 1024
_MAPPED_BYTES = 24 * 1024 * 1024
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_HEAD = b"ref: refs/heads/main\n"


def open_ledger_repository(git_dir: Path, further: Sequence[Path] = ()) -> pygit2.Repository:
    """Open the ledger's repository by its explicit path, never searching upwards.

    Args:
        further: folders of objects that it does not name itself.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, with what to do.
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL (see soundness).
    """
    repository = _open(git_dir, RepositoryOpenFlag.NO_SEARCH)
    for folder in further:
        require_sound_packs(folder)
        repository.odb.add_disk_alternate(str(folder))
    return repository


def open_in_hook(git_dir: Path) -> pygit2.Repository:
    """Open the repository inside pre-receive, so that quarantined objects are seen.

    The environment must already be scrubbed to the three quarantine variables; never write
    through the returned repository (4.1).

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    flags = RepositoryOpenFlag.NO_SEARCH | RepositoryOpenFlag.FROM_ENV | RepositoryOpenFlag.BARE
    return _open(git_dir, flags)


def check_supported(place: RepositoryLocation, is_ledger_oid: Callable[[str], bool]) -> list[str]:
    """Refuse what makes the ledger unreadable or its history a lie (V0, V-01, V-10).

    Args:
        place: the ledger's repository.
        is_ledger_oid: whether an oid is one of the ledger's entries.

    Returns:
        The replace refs, which are ignored and reported.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
        StorageError: GPV-500-INTERNAL, something cannot be read.
    """
    check_format(place)
    grafts = place.common_dir / "info" / "grafts"
    if os.path.lexists(grafts):
        raise unsupported(f"{str(grafts)!r} bends history for Git's tools", "remove that file")
    for oid in shallow_oids(place):
        if is_ledger_oid(oid):
            raise unsupported(
                f"the shallow file cuts the ledger off at entry {oid}",
                "fetch the ledger whole: git fetch --unshallow",
            )
    return list_refs(place.common_dir, f"{REPLACE}/")


def check_format(place: RepositoryLocation) -> None:
    """Refuse a repository whose objects or refs libgit2 cannot read as the ledger's store.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
    """
    for what, found, wanted in (
        ("objects", place.object_format, "sha1"),
        ("refs", place.ref_format, "files"),
    ):
        if found != wanted:
            raise unsupported(
                f"{str(place.common_dir)!r} stores its {what} as {found!r}, the ledger needs"
                f" {wanted!r}",
                "keep the ledger in a store of its own (git config gitprov.store)",
            )


def shallow_oids(place: RepositoryLocation) -> list[str]:
    """Return the oids that the ``shallow`` file names; none if there is no such file.

    Raises:
        StorageError: GPV-500-INTERNAL, the file cannot be read.
    """
    path = place.common_dir / "shallow"
    try:
        return read_file(path, _SHALLOW_LIMIT).decode("ascii", "replace").split()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(error, path) from error


def create_ledger_store(path: Path, sharing: int | None = None) -> RepositoryLocation:
    """Create the bare SHA-1 repository of a ledger of its own; no templates, no hooks.

    Doing it again changes nothing, not even while another process does the same.

    Args:
        sharing: RepositoryLocation.sharing of the code repository, which it takes over.

    Raises:
        StorageError: GPV-507-STORAGE.
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, an unfit repository is there.
    """
    if not is_git_dir(path):
        files = Sharing(sharing)
        with mapped("create", path):
            for part in ("objects/info", "objects/pack", "refs", "info"):
                files.make_folders(path / part)
        if not (path / "config").exists():
            shared = "" if sharing is None else f"\tsharedRepository = {sharing_word(sharing)}\n"
            files.replace(path / "config", _CONFIG + shared.encode())
        # HEAD comes last: only with it is the folder a repository.
        files.replace(path / "HEAD", _HEAD)
    place = read_location(path, None)
    check_format(place)
    return place


def _open(git_dir: Path, flags: RepositoryOpenFlag) -> pygit2.Repository:
    # Whether another account's repository is trusted is asked of git itself (see ownership); in
    # the server's hook git has judged it by then.
    pygit2.settings.owner_validation = False
    # These settings belong to the process. Whatever libgit2 writes is synced; partial clones
    # open, so that an object which is not fetched reads as such; nothing read is kept, so that
    # every read is hashed again and memory stays flat (measured: not slower).
    pygit2.settings.enable_fsync_gitdir(True)
    pygit2.settings.set_extensions(_EXTENSIONS)
    pygit2.settings.enable_caching(False)
    # Packs are mapped piece by piece: else all of them would count as this process's memory.
    pygit2.settings.mwindow_size = _WINDOW_BYTES
    pygit2.settings.mwindow_mapped_limit = _MAPPED_BYTES
    require_sound_files(git_dir)
    try:
        return pygit2.Repository(str(git_dir), flags)
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        reason = str(error)
        if not os.access(git_dir, os.R_OK | os.X_OK):
            remedy = "check the path and the permissions of that folder"
        else:
            remedy = "check it with: git fsck"
        raise unsupported(
            f"cannot open the repository {str(git_dir)!r}: {reason}", remedy
        ) from error
