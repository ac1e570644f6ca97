"""Git's configuration as ``git config`` tells it, and the settings it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import RepositoryOpenFlag

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.git.program import GitProgram

_FILE = "file:"
_COMMAND_LINE = "command line:"


class ConfigValue(NamedTuple):
    """One value of a setting and where it is set: a file, or what git calls a command line."""

    value: str
    origin: str


Configuration = Mapping[str, tuple[ConfigValue, ...]]
"""Every value by name; section and key in lower case, the part between as it was written."""


def read_configuration(git: GitProgram, git_dir: Path | None) -> Configuration:
    """Return every value of every setting that holds, the strongest last.

    That is what ``git config`` says: files that are included, on whatever condition, the
    worktree's own file, ``git -c`` and ``GIT_CONFIG_COUNT``.

    Args:
        git: with the variables of the user.
        git_dir: the repository, a linked worktree's own git directory; None outside of one.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is no git program.
        StorageError: GPV-507-STORAGE, git cannot read its configuration.
    """
    outside = Path(os.devnull)  # else git would look for a repository of its own accord
    args = ["config", "--list", "--show-origin", "-z"]
    try:
        items = _items(git.ask(args, git_dir=git_dir or outside))
    except UnsupportedRepositoryError:
        # Without a git program nobody can have passed settings through it.
        items = _read_by_libgit2(git_dir)
    found: dict[str, tuple[ConfigValue, ...]] = {}
    for name, value in items:
        found[name] = (*found.get(name, ()), value)
    return found


def _read_by_libgit2(git_dir: Path | None) -> Iterator[tuple[str, ConfigValue]]:
    if git_dir is None:
        return
    try:
        entries = list(pygit2.Repository(str(git_dir), RepositoryOpenFlag.NO_SEARCH).config)
    except pygit2.GitError as reason:
        text = f"cannot read the configuration of {str(git_dir)!r}: {reason}; install git"
        raise StorageError(Code.INTERNAL, text) from reason
    for entry in entries:
        origin = f"the {entry.level.name.lower()} configuration"
        yield entry.name, ConfigValue("true" if entry.value is None else entry.value, origin)


def _items(listed: bytes) -> Iterator[tuple[str, ConfigValue]]:
    words = listed.decode("utf-8", "surrogateescape").split("\0")
    for origin, item in zip(words[::2], words[1::2], strict=False):
        name, has_value, value = item.partition("\n")
        # A key without a value is a boolean that says yes.
        yield name, ConfigValue(value if has_value else "true", _where(origin))


def _where(origin: str) -> str:
    if origin == _COMMAND_LINE:
        return "git -c or GIT_CONFIG_COUNT"
    return origin.removeprefix(_FILE)
