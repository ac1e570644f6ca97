"""Computes the digest of a run's input from files as they are now (2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitprov.codec.input_context import context_digest
from gitprov.model.run_parts import ContextMethod, FileRef
from gitprov.model.text import UNBORN
from gitprov.service.ports.code import CodeRepository, WorkFiles

_OID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class ComputedContext:
    """The input context of some files now; the digest is that of a run with these inputs."""

    method: ContextMethod
    digest: str
    head_commit: str
    dirty: bool
    files: tuple[FileRef, ...]


def compute_context(
    code: CodeRepository, files: WorkFiles, paths: Iterable[str], method: ContextMethod
) -> ComputedContext:
    """Compute the input context of files as they are now.

    Args:
        code: the code repository.
        files: reads the work tree.
        paths: as a user typed them; twice is once.
        method: how to make the digest.

    Raises:
        UsageError: GPV-422-ARGUMENT, a path is not a readable file of the work tree.
        StorageError: HEAD cannot be read.
    """
    found: dict[str, FileRef] = {}
    for typed in paths:
        digest, size = files.digest(typed)
        path = files.relative(typed)
        found[path] = FileRef(path=path, sha256=digest, size=size)
    listed = {path: file.sha256 for path, file in found.items()}
    head = code.head()
    dirty = code.is_dirty(list(listed), head) if listed else False
    if len(head) != _OID_LENGTH:
        head = UNBORN  # a SHA-256 head fits no record of v1.0; recording does the same
    digest = context_digest(method, head, listed)
    ordered = tuple(found[path] for path in sorted(found))
    return ComputedContext(method, digest, head, dirty, ordered)
