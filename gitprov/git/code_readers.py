"""Two ways to read a code repository: libgit2, and the git program for what that cannot open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pygit2

from gitprov.errors import StorageError
from gitprov.git.location import RepositoryLocation
from gitprov.git.objects import PygitObjects
from gitprov.git.program import GitProgram
from gitprov.git.ref_files import read_ref
from gitprov.git.repository import open_ledger_repository
from gitprov.git.tree_editor import TreeEditor

Entry = tuple[bytes, str]
"""Mode and oid of a path in a tree."""
_OBJECT_LIMIT = 256 * 1024 * 1024
_LINKS = 5
_PATHS_AT_ONCE = 500
_OWN_REFS = ("refs/bisect/", "refs/rewritten/", "refs/worktree/")


class CodeReader(Protocol):
    """Reads commits and trees of the code, for GitCodeRepository."""

    def head(self) -> str | None:
        """Return the commit that HEAD names, None if it is unborn."""
        ...

    def find_commit(self, rev: str) -> str | None:
        """Return the oid of the commit that a revision names, None if there is none."""
        ...

    def commit(self, oid: str) -> bytes:
        """Return a raw commit."""
        ...

    def entries(self, commit: str, paths: Sequence[str]) -> Mapping[str, Entry]:
        """Return those paths that the commit's tree has."""
        ...

    def blob(self, oid: str, limit: int) -> bytes | None:
        """Return a blob, None if it is larger than the limit."""
        ...


class NativeReader:
    """Reads through libgit2, refs raw; for SHA-1 repositories with the files backend.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, libgit2 cannot open it.
    """

    def __init__(self, place: RepositoryLocation) -> None:
        self._place = place
        self.repository = open_ledger_repository(place.git_dir, place.further_objects)
        self._objects = PygitObjects(
            self.repository,
            folders=(place.common_dir / "objects", *place.further_objects),
            is_partial=place.is_partial,
        )
        self._trees = TreeEditor(lambda oid: self._objects.read(oid, _OBJECT_LIMIT)[1])
        self._root = ("", "")  # the last commit that was asked for, and its tree

    def head(self) -> str | None:
        """Follow HEAD, the worktree's own, to a commit."""
        value = read_ref(self._place.git_dir, "HEAD")
        for _ in range(_LINKS):
            if value is None or not value.startswith("ref:"):
                return value
            name = value.removeprefix("ref:").strip()
            own = name.startswith(_OWN_REFS)
            value = read_ref(self._place.git_dir if own else self._place.common_dir, name)
        return None

    def find_commit(self, rev: str) -> str | None:
        """Let libgit2 read the revision."""
        try:
            return str(self.repository.revparse_single(rev).peel(pygit2.Commit).id)
        except (pygit2.GitError, LookupError, ValueError):
            return None

    def commit(self, oid: str) -> bytes:
        """Read a raw commit."""
        return self._objects.read(oid, _OBJECT_LIMIT)[1]

    def entries(self, commit: str, paths: Sequence[str]) -> Mapping[str, Entry]:
        """Descend to each path."""
        known, root = self._root
        if known != commit:
            root = tree_of(self.commit(commit))
            self._root = (commit, root)
        found = ((path, self._trees.find(root, path)) for path in paths)
        return {path: entry for path, entry in found if entry is not None}

    def blob(self, oid: str, limit: int) -> bytes | None:
        """Read a blob."""
        try:
            return self._objects.read(oid, limit)[1]
        except StorageError:
            return None


class ProgramReader:
    """Reads with the git program; a dozen milliseconds where libgit2 needs one."""

    def __init__(self, place: RepositoryLocation, git: GitProgram) -> None:
        self._place = place
        self._git = git

    def head(self) -> str | None:
        """Ask git for HEAD."""
        return self.find_commit("HEAD")

    def find_commit(self, rev: str) -> str | None:
        """Let git read the revision."""
        try:
            return (
                self._run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}").decode().strip()
            )
        except StorageError as error:
            if error.details.get("exit_code") is None:
                raise
            return None

    def commit(self, oid: str) -> bytes:
        """Read a raw commit."""
        return self._run("cat-file", "commit", oid)

    def entries(self, commit: str, paths: Sequence[str]) -> Mapping[str, Entry]:
        """Ask for many paths at once."""
        found: dict[str, Entry] = {}
        for start in range(0, len(paths), _PATHS_AT_ONCE):
            some = paths[start : start + _PATHS_AT_ONCE]
            for line in self._run("ls-tree", "-z", "--full-tree", commit, "--", *some).split(b"\0"):
                mode, _, rest = line.partition(b" ")
                oid, _, path = rest.partition(b" ")[2].partition(b"\t")
                if path:
                    found[path.decode("utf-8", "surrogateescape")] = (mode, oid.decode())
        return found

    def blob(self, oid: str, limit: int) -> bytes | None:
        """Ask for the size first."""
        try:
            if int(self._run("cat-file", "-s", oid)) > limit:
                return None
            return self._run("cat-file", "blob", oid)
        except StorageError:
            return None

    def _run(self, *args: str) -> bytes:
        return self._git.run(args, git_dir=self._place.git_dir)


def tree_of(commit: bytes) -> str:
    """Return the tree that a raw commit names in its first line."""
    return commit[: commit.index(b"\n")].removeprefix(b"tree ").decode("ascii", "replace")
