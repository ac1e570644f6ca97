"""Reads what Git tells a pre-receive hook on standard input: ``<old> <new> <ref>`` a line."""

from __future__ import annotations

import re

from gitprov.errors import Code, StorageError
from gitprov.model.push import RefUpdate

_LINE = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\x00-\x20\x7f]+)")
_LONGEST_NAME = 4096
_SHOWN = 100


def parse_updates(content: bytes) -> list[RefUpdate]:
    """Read every update of a push (P-21).

    Raises:
        StorageError: GPV-500-INTERNAL, no update at all or a line that Git would not write.
    """
    *lines, rest = content.split(b"\n")
    if rest:
        raise _malformed(len(lines) + 1, rest, "it does not end")
    if not lines:
        raise StorageError(Code.INTERNAL, "the list of updates is empty; run this hook from git")
    return [_parse_line(number, line) for number, line in enumerate(lines, 1)]


def _parse_line(number: int, line: bytes) -> RefUpdate:
    match = _LINE.fullmatch(line)
    if match is None:
        raise _malformed(number, line, "it is not `<old> <new> <ref>`")
    old, new, name = match.groups()
    if len(old) != len(new) or len(name) > _LONGEST_NAME:
        raise _malformed(number, line, "its parts have odd lengths")
    return RefUpdate(_oid(old), _oid(new), name.decode("utf-8", "surrogateescape"))


def _oid(digits: bytes) -> str | None:
    return digits.decode("ascii") if digits.strip(b"0") else None


def _malformed(number: int, line: bytes, why: str) -> StorageError:
    text = f"line {number} of the list of updates cannot be read ({why}): {line[:_SHOWN]!r}"
    return StorageError(Code.INTERNAL, text, line=number)
