"""Reads a remote's answer to a push: a lost race, or a refusal with its code."""

from __future__ import annotations

import re

from gitprov.errors import Code, GitprovError, RefusedError, StorageError
from gitprov.model.remote import PushAnswer, PushState

_CODE = re.compile(r"(?:GPV|HSK)-[0-9]{3}-[A-Z]+(?:-[A-Z]+)*")
_KNOWN = {str(code): code for code in Code}
_SHOWN = 20
_SILENT = re.compile("hook declined")


def code_of(answer: PushAnswer) -> Code | None:
    """Return the first code that the remote's hook named."""
    found = (_KNOWN.get(text) for line in answer.lines for text in _CODE.findall(line))
    return next((code for code in found if code is not None), None)


def may_be_race(answer: PushAnswer) -> bool:
    """Whether trying again is right: git says so, or the hook does."""
    return answer.state is PushState.RACED or code_of(answer) is Code.STALE


def as_failure(remote: str, answer: PushAnswer) -> GitprovError:
    """Return the error of a push that fails repeatedly without a competing push."""
    if not may_be_race(answer):
        return as_refusal(remote, answer)
    remedy = "check for a stale lock file on the remote, then push again"
    text = f"{remote!r} keeps rejecting updates to the ref ({answer.reason}); {remedy}"
    return StorageError(Code.BUSY, text, remote=remote, reason=answer.reason, remedy=remedy)


def as_refusal(remote: str, answer: PushAnswer) -> GitprovError:
    """Return the error that shows a refusal, with the hook's own code if it named one.

    A hook that says nothing was killed, or cut off by its forge: nobody has judged the push.
    """
    code = code_of(answer)
    if code is None and not answer.lines and _SILENT.search(answer.reason):
        remedy = "ask whoever runs it to look at its logs, limits and: gitprov server doctor"
        text = f"a hook of the remote {remote!r} ended without a word ({answer.reason}); {remedy}"
        return StorageError(Code.INTERNAL, text, remote=remote, reason=answer.reason, remedy=remedy)
    code = code or Code.REF_FORBIDDEN
    said = [f"remote: {line}" for line in answer.lines[:_SHOWN]]
    reason = answer.reason or "no reason given"
    text = f"the remote {remote!r} refuses the push ({reason}); everything stays here as it was"
    return RefusedError(code, text, remote=remote, reason=reason, findings=said)
