"""The digest of a run's input, deterministic and recomputable (2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import assert_never

from gitprov.model.run_parts import ContextMethod


def files_digest(files: Mapping[str, str]) -> str:
    """Digest the input files alone.

    Args:
        files: SHA-256 in hex of each file's content by path; the order does not matter.
    """
    # A draft may name a path with surrogates; building the record refuses it later.
    ordered = sorted(
        (path.encode("utf-8", "surrogatepass"), digest.encode("utf-8", "surrogatepass"))
        for path, digest in files.items()
    )
    lines = b"".join(path + b"\0" + digest + b"\n" for path, digest in ordered)
    return sha256(b"gitprov-input-files-v1\n" + lines).hexdigest()


def head_digest(head: str) -> str:
    """Digest the commit that was checked out: 40 hex digits or ``unborn``."""
    return sha256(f"gitprov-input-head-v1\n{head}\n".encode()).hexdigest()


def composite_digest(head: str, files: Mapping[str, str]) -> str:
    """Digest the commit and the input files together; the default."""
    statement = f"gitprov-input-composite-v1\n{head}\n{files_digest(files)}\n"
    return sha256(statement.encode()).hexdigest()


def context_digest(method: ContextMethod, head: str, files: Mapping[str, str]) -> str:
    """Digest the input of a run by one of the three methods.

    Args:
        method: which one.
        head: 40 hex digits or ``unborn``.
        files: SHA-256 in hex of each input file by path.
    """
    match method:
        case ContextMethod.FILES:
            return files_digest(files)
        case ContextMethod.GIT_HEAD:
            return head_digest(head)
        case ContextMethod.COMPOSITE:
            return composite_digest(head, files)
        case _:
            assert_never(method)
