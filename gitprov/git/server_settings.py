"""Asks git which hooks folder, settings and symbolic refs hold for a repository it serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import StorageError
from gitprov.git.program import GitProgram
from gitprov.git.ref_files import list_refs, read_ref

_HOOKS_PATH = "core.hooksPath"
_OWN = "command"  # what this program itself passes on the command line


@dataclass(frozen=True, slots=True)
class HooksFolder:
    """The folder from which git runs the hooks of a repository.

    Args:
        path: the folder.
        origin: which configuration names it; None if it is git's own ``hooks``.
    """

    path: Path
    origin: str | None


def find_hooks_folder(git: GitProgram, git_dir: Path) -> HooksFolder:
    """Tell from where git runs hooks, the personal and the system configuration counted in.

    Raises:
        StorageError: GPV-507-STORAGE, git cannot read its configuration.
    """
    args = ["config", "--show-scope", "--show-origin", "--type=path", "-z", "--get-all"]
    try:
        listed = git.run([*args, _HOOKS_PATH], git_dir=git_dir)
    except StorageError as error:
        if error.details.get("exit_code") != 1:
            raise
        listed = b""
    words = listed.decode("utf-8", "surrogateescape").split("\0")
    found = None
    for at in range(0, len(words) - 2, 3):
        scope, origin, value = words[at : at + 3]
        if scope != _OWN:
            found = HooksFolder(git_dir / value, f"{scope} configuration, {origin}")
    return found or HooksFolder(git_dir / "hooks", None)


def symbolic_refs(git_dir: Path) -> Iterator[tuple[str, str]]:
    """Yield every symbolic ref with the ref it leads to, HEAD and dangling ones among them.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    for name in ("HEAD", *list_refs(git_dir, "refs/")):
        value = read_ref(git_dir, name)
        if value is not None and value.startswith("ref:"):
            yield name, value.removeprefix("ref:").strip()


def missing_alternates(git_dir: Path) -> list[str]:
    """Name the folders of borrowed objects that are not there."""
    listed = git_dir / "objects" / "info" / "alternates"
    try:
        lines = listed.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    named = [line for line in lines if line and not line.startswith("#")]
    return [line for line in named if not (git_dir / "objects" / line).is_dir()]
