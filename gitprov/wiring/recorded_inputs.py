"""Builds readers of the files that runs name: in the work tree, and in Git."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gitprov.disk.names import spellings
from gitprov.errors import GitprovError, UsageError
from gitprov.git.code_readers import CodeReader, NativeReader, ProgramReader
from gitprov.local.work_files import WorkTreeFiles
from gitprov.wiring.workspace import Workspace

_BLOB_LIMIT = 256 * 1024 * 1024


def work_files(workspace: Workspace) -> WorkTreeFiles:
    """Return what reads files as a user names them, relative to the current folder."""
    here = Path.cwd()
    return WorkTreeFiles(workspace.place.work_tree or here, here)


class RecordedInputs:
    """InputSources: the work tree and the code repository."""

    def __init__(self, workspace: Workspace) -> None:
        self._code = workspace.code
        self._work_tree = workspace.place.work_tree
        root = workspace.place.work_tree or Path.cwd()
        self._files = WorkTreeFiles(root, root)
        self._blobs = _code_reader(workspace)

    def head(self) -> str:
        """Return HEAD's oid, ``unborn`` without a commit."""
        return self._code.head()

    def has_commit(self, oid: str) -> bool:
        """Whether a commit is in the code repository."""
        return self._code.has_commit(oid)

    def has_work_tree(self) -> bool:
        """Whether there are files at all; a bare repository has none."""
        return self._work_tree is not None

    def digest_now(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the work tree, None if it is not a readable file."""
        try:
            return self._files.digest(path)[0]
        except UsageError:
            return None

    def digest_in_git(self, commit: str, path: str, oid: str | None) -> str | None:
        """Return the SHA-256 of a blob, or of a path at a commit; None if it is not there."""
        try:
            if oid is None:
                forms = spellings(self._work_tree, path)
                found = self._blobs.entries(commit, forms)
                oid = next((found[form][1] for form in forms if form in found), None)
            content = None if oid is None else self._blobs.blob(oid, _BLOB_LIMIT)
        except GitprovError:
            return None
        return None if content is None else hashlib.sha256(content).hexdigest()


def _code_reader(workspace: Workspace) -> CodeReader:
    place = workspace.place
    if place.object_format == "sha1" and place.ref_format == "files":
        return NativeReader(place)
    return ProgramReader(place, workspace.code_git)
