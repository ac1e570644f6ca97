"""The error tree, the stable codes, and what each code means to a caller.

    GitprovError(code, message, details)
      UsageError                  the caller asked for something impossible
      RecordError                 bytes or fields are not acceptable (field, line)
      RefusedError                the guard or the policy said no
      StorageError                Git, disk or database could not do it
        RefMovedError             another process appended first: retry is right
        UnsupportedRepositoryError
      SignatureError              the signature or the key is not good
        SignatureUnknownError     could not find out

Everything derives from Exception, never from ValueError: pydantic swallows the latter.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Any


@unique
class Code(StrEnum):
    """Every code that gitprov ever prints; a code never changes its meaning."""

    COMMIT_FORM = "GPV-400-COMMIT-FORM"
    TREE_FORM = "GPV-400-TREE-FORM"
    RECORD_FORM = "GPV-400-RECORD-FORM"
    UNSIGNED = "GPV-401-UNSIGNED"
    BAD_SIGNATURE = "GPV-401-BAD-SIGNATURE"
    SIGNATURE_FORM = "GPV-401-SIGNATURE-FORM"
    UNKNOWN_KEY = "GPV-403-UNKNOWN-KEY"
    KEY_EXPIRED = "GPV-403-KEY-EXPIRED"
    KEY_REVOKED = "GPV-403-KEY-REVOKED"
    IDENTITY = "GPV-403-IDENTITY"
    SILENT_EDIT = "HSK-403-SILENT-EDIT"
    QUORUM = "GPV-403-QUORUM"
    REF_FORBIDDEN = "GPV-403-REF-FORBIDDEN"
    NO_LEDGER = "GPV-404-NO-LEDGER"
    LINK = "GPV-404-LINK"
    TIMEOUT = "GPV-408-TIMEOUT"
    APPEND_ONLY = "GPV-409-APPEND-ONLY"
    NON_FF = "GPV-409-NON-FF"
    REF_DELETE = "GPV-409-REF-DELETE"
    STALE = "GPV-409-STALE"
    DUPLICATE = "GPV-409-DUPLICATE"
    REPLAY = "GPV-409-REPLAY"
    MERGE_REWRITE = "GPV-409-MERGE-REWRITE"
    NOTE_REWRITE = "GPV-409-NOTE-REWRITE"
    ROLLBACK = "GPV-409-ROLLBACK"
    SPLIT_VIEW = "GPV-409-SPLIT-VIEW"
    POLICY_ROLLBACK = "GPV-409-POLICY-ROLLBACK"
    LIMIT = "GPV-413-LIMIT"
    SCHEMA = "GPV-422-SCHEMA"
    POLICY = "GPV-422-POLICY"
    CLOCK = "GPV-422-CLOCK"
    ARGUMENT = "GPV-422-ARGUMENT"
    STORE_CORRUPT = "GPV-500-STORE-CORRUPT"
    INTERNAL = "GPV-500-INTERNAL"
    REPO_UNSUPPORTED = "GPV-501-REPO-UNSUPPORTED"
    NEWER_SCHEMA = "GPV-501-NEWER-SCHEMA"
    BUSY = "GPV-503-BUSY"
    SIGNER = "GPV-503-SIGNER"
    STORAGE = "GPV-507-STORAGE"


class GitprovError(Exception):
    """The base of every error that gitprov raises on purpose.

    Args:
        code: the stable code.
        message: one sentence: what is wrong, where, and what to do about it.
        details: machine-readable facts (field, path, line, remedy, ...).
    """

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.details: dict[str, Any] = {k: v for k, v in details.items() if v is not None}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class UsageError(GitprovError):
    """The caller asked for something impossible; the caller must change the call."""


class RecordError(GitprovError):
    """Bytes or fields of a record are not acceptable; whoever made them must repair them.

    ``details`` may carry ``field`` (dotted path), ``line`` (from 1) and ``path``.
    """


class RefusedError(GitprovError):
    """The guard or the policy said no; ``details["findings"]`` says why."""


class StorageError(GitprovError):
    """Git, the disk or a database could not do it; the machine is to blame."""


class RefMovedError(StorageError):
    """Another process moved the ref first; reading again and retrying is right."""


class UnsupportedRepositoryError(StorageError):
    """gitprov cannot read this kind of repository (V0)."""


class SignatureError(GitprovError):
    """A signature or key is not good; the signer is to blame."""


class SignatureUnknownError(SignatureError):
    """It could not be found out whether the signature is good (gpg missing, time-out)."""
