"""The one place that turns an error into an exit code.

A missing ledger is wrong use everywhere but in ``verify``, whose report calls it a failure: to
run ``gitprov init`` or to fetch is up to the caller, and trying again would not help.
"""

from __future__ import annotations

from enum import IntEnum

from gitprov.errors import (
    Code,
    GitprovError,
    RecordError,
    RefusedError,
    SignatureError,
    SignatureUnknownError,
    StorageError,
    UsageError,
)
from gitprov.model.finding import UNKNOWN_CODES, Verdict


class Exit(IntEnum):
    """How a command ends."""

    YES = 0
    NO = 1
    USAGE = 2
    UNKNOWN = 3
    DEFECT = 70
    INTERRUPTED = 130


_BY_CODE = {
    Code.NO_LEDGER: Exit.USAGE,
    Code.ARGUMENT: Exit.USAGE,
    Code.SILENT_EDIT: Exit.NO,
    Code.LINK: Exit.NO,
    Code.REPLAY: Exit.NO,
    **dict.fromkeys(UNKNOWN_CODES, Exit.UNKNOWN),
}
_BY_CLASS: tuple[tuple[type[GitprovError], Exit], ...] = (
    (UsageError, Exit.USAGE),
    (RecordError, Exit.USAGE),
    (RefusedError, Exit.NO),
    (SignatureUnknownError, Exit.UNKNOWN),
    (SignatureError, Exit.NO),
    (StorageError, Exit.UNKNOWN),
)
_BY_VERDICT = {
    Verdict.PASS: Exit.YES,
    Verdict.FAIL: Exit.NO,
    Verdict.UNKNOWN: Exit.UNKNOWN,
}


def exit_of_error(error: GitprovError) -> Exit:
    """Tell how a command ends that raised this; the code counts before the class.

    An error of the base class itself is unforeseen: a bug.
    """
    if type(error) is GitprovError:
        return Exit.DEFECT
    by_code = _BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), Exit.DEFECT)


def exit_of_verdict(verdict: Verdict) -> Exit:
    """Tell how a verification ends."""
    return _BY_VERDICT[verdict]
