"""Reads the code repository that the ledger documents, whatever its format.

Nothing that the repository's configuration names is run: no filters, no external diffs.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

import pygit2
from pygit2.enums import FileStatus

from gitprov.disk.durable import open_regular, unreadable
from gitprov.disk.names import path_on_disk, spellings
from gitprov.errors import Code, StorageError, UsageError
from gitprov.git.code_readers import CodeReader, Entry, NativeReader, ProgramReader, tree_of
from gitprov.git.location import RepositoryLocation
from gitprov.git.program import GitProgram, check_argument
from gitprov.model.text import UNBORN

_POINTER_LIMIT = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*oid sha256:([0-9a-f]{64})\n"
)
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Nothing there, a folder, a pipe: whatever it is, it is not the file that HEAD has.
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.ELOOP})
_PATCH_TIMEOUT = 20.0
_CHUNK = 1024 * 1024
_DIFF = (
    "diff-tree",
    "-p",
    "--root",
    "--full-index",  # binary files count by their whole oids
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


class GitCommitIdentity(NamedTuple):
    """A commit as a run record names it.

    The oids have 64 digits in a SHA-256 repository, which records cannot hold. The patch id is
    that of ``git patch-id --stable``; None for merges and empty commits, and where it could
    not be found out.
    """

    commit: str
    tree: str
    patch_id: str | None


class GitCodeRepository:
    """Answers what a run record says about the code.

    Args:
        place: from discover.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, libgit2 refuses to open it.
    """

    def __init__(self, place: RepositoryLocation, git: GitProgram) -> None:
        self._place = place
        self._git = git
        is_native = place.object_format == "sha1" and place.ref_format == "files"
        self._reader: CodeReader = NativeReader(place) if is_native else ProgramReader(place, git)

    def head(self) -> str:
        """Return the commit that HEAD names (40 or 64 hex digits), or ``unborn``.

        Raises:
            StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
        """
        return self._reader.head() or UNBORN

    def is_dirty(self, paths: Sequence[str], head: str | None = None) -> bool:
        """Whether any of the named files differs from HEAD, or is not in it, by its content.

        A file that differs only as git itself would convert it (line ends) does not differ;
        nor does one that Git LFS keeps, if it is the one that HEAD's pointer names.

        Args:
            paths: relative to the work tree's top.
            head: what `head` has just said; None asks again.

        Raises:
            UsageError: GPV-422-ARGUMENT, no relative path.
            StorageError: HEAD or a file cannot be read.
        """
        entries = self._entries(paths, head)
        return any(self._differs(path, entries.get(path)) for path in paths)

    def resolve_commit(self, rev: str) -> GitCommitIdentity:
        """Return the commit that a revision names.

        Raises:
            UsageError: GPV-422-ARGUMENT, it names none here.
            StorageError: the commit cannot be read.
        """
        found = self._reader.find_commit(check_argument(rev, "revision"))
        if found is None:
            raise UsageError(
                Code.ARGUMENT, f"{rev[:80]!r} names no commit of this repository", rev=rev[:80]
            )
        return GitCommitIdentity(found, tree_of(self._reader.commit(found)), self._patch_id(found))

    def has_commit(self, oid: str) -> bool:
        """Whether a commit of this full oid is here."""
        return _OID.fullmatch(oid) is not None and self._reader.find_commit(oid) == oid

    def _entries(self, paths: Sequence[str], head: str | None = None) -> dict[str, Entry]:
        for path in paths:
            parts = PurePosixPath(path)
            if not path or parts.is_absolute() or ".." in parts.parts or "\0" in path:
                raise UsageError(Code.ARGUMENT, f"{path[:80]!r} is not a path of the work tree")
        commit = self.head() if head is None else head
        if commit == UNBORN or not paths:
            return {}
        forms = {path: spellings(self._place.work_tree, path) for path in paths}
        asked = list(dict.fromkeys(form for some in forms.values() for form in some))
        found = self._reader.entries(commit, asked)
        return {
            path: found[form]
            for path, some in forms.items()
            for form in some[::-1]
            if form in found
        }

    def _differs(self, path: str, entry: Entry | None) -> bool:
        if entry is None or self._place.work_tree is None:
            return True
        path = path_on_disk(self._place.work_tree, path)
        full = self._place.work_tree / path
        try:
            if _blob_id(full, self._place.object_format) == entry[1]:
                return False
            return not (self._is_pointed_to(full, entry[1]) or self._is_clean_for_git(path))
        except OSError as error:
            if error.errno in _NO_FILE:
                return True
            raise unreadable(error, full) from error

    def _is_pointed_to(self, full: Path, oid: str) -> bool:
        """Whether HEAD has a Git LFS pointer that names the file's content."""
        pointer = _POINTER.match(self._reader.blob(oid, _POINTER_LIMIT) or b"")
        return pointer is not None and _digest(full, hashlib.sha256()) == pointer[1].decode()

    def _is_clean_for_git(self, path: str) -> bool:
        """Whether libgit2, which converts line ends but runs no filter, sees no difference."""
        if not isinstance(self._reader, NativeReader):
            return False
        repository, work_tree = self._reader.repository, self._place.work_tree
        if work_tree is None or not Path(repository.workdir or os.devnull).samefile(work_tree):
            return False  # core.worktree points elsewhere
        try:
            return repository.status_file(path) == FileStatus.CURRENT
        except (pygit2.GitError, LookupError, ValueError):
            return False

    def _patch_id(self, commit: str) -> str | None:
        try:
            output = self._git.pipe(
                [*_DIFF, commit],
                ["patch-id", "--stable"],
                git_dir=self._place.git_dir,
                timeout=_PATCH_TIMEOUT,
            )
        except StorageError:
            return None
        return output.decode("ascii", "replace").partition(" ")[0] or None


def _blob_id(path: Path, object_format: str) -> str:
    """Return the oid of a file's content, or of a symbolic link's target, as it is."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(path.readlink())
        return _hasher(object_format, len(target), target).hexdigest()
    return _digest(path, _hasher(object_format, status.st_size))


class _Hasher(Protocol):
    def update(self, content: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def _hasher(object_format: str, size: int, content: bytes = b"") -> _Hasher:
    hasher = hashlib.new(object_format, usedforsecurity=False)
    hasher.update(b"blob %d\0%s" % (size, content))
    return hasher


def _digest(path: Path, hasher: _Hasher) -> str:
    with open_regular(path) as stream:
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()
