"""Server hooks as values: the kinds of servers, a hook's settings, what is on disk, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ServerKind(StrEnum):
    """The kind of server; it decides where a hook is and what runs it."""

    BARE = "bare"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    GITOLITE = "gitolite"
    GHES = "ghes"


@dataclass(frozen=True, slots=True)
class HookSettings:
    """The settings in the first lines of an installed hook.

    Args:
        python: absolute path of the interpreter that has gitprov.
        genesis: the pinned genesis, empty if there is no pin.
        kind: the kind of server, as the hook names it.
    """

    python: str
    ref: str
    genesis: str
    kind: str

    def values(self) -> Mapping[str, str]:
        """Return the settings by name, in the order of their lines."""
        return {
            "python": self.python,
            "ref": self.ref,
            "genesis": self.genesis,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True)
class HookFile:
    """A hook as it is on disk.

    Args:
        is_executable: whether any run bit is set; without one git passes the hook over.
        identity: the file's own identity, the same for two names of one file.
    """

    content: bytes
    is_executable: bool
    identity: tuple[int, int] = (0, 0)


class HookAction(StrEnum):
    """The effect of a change on the disk."""

    MAKE_FOLDER = "make folder"
    WRITE = "write"
    KEEP = "keep as"
    RESTORE = "restore"
    REMOVE = "remove"
    REMOVE_FOLDER = "remove folder if empty"


@dataclass(frozen=True, slots=True)
class HookChange:
    """One change on disk; each is atomic, and doing it twice is doing it once.

    Args:
        action: what is done.
        content: what is written.
        source: the file that is kept or restored under the name ``path``.
    """

    action: HookAction
    path: Path
    content: bytes = b""
    source: Path | None = None

    def line(self) -> str:
        """Say it in one line."""
        origin = "" if self.source is None else f" (from {self.source})"
        return f"{self.action} {self.path}{origin}"
