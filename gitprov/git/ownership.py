"""Whether a repository may be used that belongs to another account, as git decides it."""

from __future__ import annotations

from pathlib import Path

from gitprov.disk.posix import account
from gitprov.errors import StorageError
from gitprov.git.location import RepositoryLocation, unsupported
from gitprov.git.program import GitProgram


def require_trusted(location: RepositoryLocation, git: GitProgram, sudo_uid: str | None) -> None:
    """Refuse a repository of another account unless git trusts it (safe.directory).

    Args:
        location: as it was discovered; one that GIT_DIR names is trusted by that.
        git: with the variables of the user, which may hold safe.directory.
        sudo_uid: SUDO_UID; the administrator may use what belongs to whoever called sudo.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, with the command that trusts it.
    """
    folder = location.work_tree or location.git_dir
    if all(_is_own(path, sudo_uid) for path in {folder, location.git_dir}):
        return
    try:
        git.ask(["rev-parse", "--git-dir"], git_dir=None, folder=folder)
    except StorageError as reason:
        if "safe.directory" not in str(reason.details.get("stderr")):
            raise
        remedy = f"if you trust it, run: git config --global --add safe.directory {folder}"
        text = f"the repository {str(folder)!r} belongs to another account"
        raise unsupported(text, remedy) from reason


def _is_own(path: Path, sudo_uid: str | None) -> bool:
    owner, own = path.lstat().st_uid, account()
    return owner == own or (own == 0 and sudo_uid is not None and sudo_uid == str(owner))
