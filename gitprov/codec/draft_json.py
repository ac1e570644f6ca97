"""Strict JSON for drafts: no repeated keys, no NaN, no depth without end."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from gitprov.codec.nesting import MAX_DEPTH
from gitprov.errors import Code, RecordError


def parse_json(text: str, first_line: int = 1) -> dict[str, Any]:
    """Read one JSON object.

    Args:
        text: the document.
        first_line: the line that it begins on, for errors.

    Raises:
        RecordError: GPV-400-RECORD-FORM (no JSON, no object, a repeated key, NaN),
            GPV-413-LIMIT (nested too deep), with ``line``.
    """
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise _error(f"it is not JSON: {error.msg.lower()}", line) from None
    except (_RefusedError, ValueError) as error:
        # ValueError: an integer of thousands of digits.
        raise _error(str(error), first_line) from None
    except RecursionError:
        value = None
    if value is None or _is_deep(value, MAX_DEPTH):
        reason = f"the draft is nested deeper than {MAX_DEPTH} levels"
        raise RecordError(Code.LIMIT, reason, line=first_line)
    if not isinstance(value, dict):
        raise _error("a draft is one JSON object", first_line)
    return value


class _RefusedError(Exception):
    """JSON that Python reads, but we do not."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _RefusedError(f"key {twice[:60]!r} appears twice")
    return mapping


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not a number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _is_deep(value: object, levels: int) -> bool:
    """Whether more than that many containers are nested."""
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    inner = [item for item in items if isinstance(item, dict | list)]
    return levels == 0 or any(_is_deep(item, levels - 1) for item in inner)


def _error(reason: str, line: int) -> RecordError:
    return RecordError(Code.RECORD_FORM, f"line {line} of the draft: {reason}", line=line)
