"""Canonical YAML: one value, one byte string (2.3).

`emit` and `parse` are our own strict subset of YAML 1.2 whose scalars are JSON. Whatever
`parse` accepts, `emit` writes back byte for byte; only the order of keys is left to the schema,
so `records.parse_record` emits again what it parsed and compares. No other spelling of a value
is accepted: two readers can never see two things in one document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from gitprov.codec.nesting import MAX_DEPTH, DepthError, Nesting
from gitprov.codec.scalars import (
    KEY_FORM,
    SCALAR_FORM,
    ScalarError,
    emit_key,
    emit_scalar,
    escape,
)
from gitprov.errors import Code, RecordError
from gitprov.model.unicode import DEL_AND_C1, FORMATTING

MAX_BYTES: Final = 262_144
"""The greatest file on a ledger (2.8); a policy may ask for less."""

_LINE = re.compile(
    r"^( *+(?:- )?+)"
    rf'(?:({KEY_FORM}):(?: (?:"([^"\\\n]++)"|({SCALAR_FORM}|\[\]|\{{\}})))?+|({SCALAR_FORM}))\n',
    re.MULTILINE,
)
_NEVER_RAW = re.compile(rf"[\x00-\x09\x0b-\x1f{DEL_AND_C1}{FORMATTING}]")
# Exact types that are never mappings; isinstance with an abstract class is the slow path.
_BUILT_IN: Final = frozenset({str, int, float, bool, list, tuple, type(None)})
_TOO_DEEP = "\n" + "  " * MAX_DEPTH
_HINTS = (
    (re.compile(r" *$"), "blank lines have no place in it"),
    (re.compile(r" *#"), "comments have no place in it"),
    (re.compile(r"(---|\.\.\.|%)"), "document markers and directives have no place in it"),
    (re.compile(r".* $"), "the line ends with a space"),
    (re.compile(r"[^:]*: *(null|~)?$"), "there is no null: leave the key out"),
    (re.compile(r"[^:]*: *[&*!]"), "anchors, aliases and tags have no place in it"),
    (re.compile(r"[^:]*: *[\[{]"), "flow style is only for the empty [] and {}"),
    (re.compile(r""), "write keys plain, strings in double quotes, numbers as in JSON"),
)


def emit(mapping: Mapping[str, Any], *, max_bytes: int = MAX_BYTES) -> bytes:
    """Render a mapping of plain values; keys keep their order, which the schema decides.

    Raises:
        RecordError: GPV-400-RECORD-FORM (a value without a canonical form, None included),
            GPV-413-LIMIT (too long, too deep).
    """
    if not mapping:
        raise RecordError(Code.RECORD_FORM, "a record is never empty")
    lines: list[str] = []
    try:
        _emit_mapping(mapping, "", lines, 1)
    except ScalarError as error:
        raise RecordError(Code.RECORD_FORM, f"not a value of a record: {error}") from None
    lines.append("")
    data = "\n".join(lines).encode()
    _require_size(data, max_bytes)
    return data


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read canonical bytes, and nothing else.

    Size and indentation are judged before anything is parsed; the time is linear in the size.

    Raises:
        RecordError: GPV-413-LIMIT (longer than ``max_bytes``, deeper than 8),
            GPV-400-RECORD-FORM with ``line`` for everything else.
    """
    _require_size(data, max_bytes)
    text = _decode(data)
    if _TOO_DEEP in text:
        _refuse_depth(text.count("\n", 0, text.index(_TOO_DEEP)) + 2)
    rows = _LINE.findall(text)
    if not rows or len(rows) != text.count("\n") or text[-1] != "\n":
        _refuse_line(text)
    nesting = Nesting()
    try:
        return nesting.read(rows)
    except ScalarError as error:
        _refuse(str(error), nesting.line)
    except DepthError:
        _refuse_depth(nesting.line)


def _emit_mapping(mapping: Mapping[str, Any], pad: str, lines: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        _refuse_depth()
    for key, value in mapping.items():
        kind = type(value)
        name = emit_key(key)
        if kind is str:
            plain = value.isprintable() and '"' not in value and "\\" not in value
            lines.append(f'{pad}{name}: "{value if plain else escape(value)}"')
        elif kind is dict or (kind not in _BUILT_IN and isinstance(value, Mapping)):
            _emit_nested_mapping(f"{pad}{name}:", value, pad, lines, depth)
        elif kind is list or kind is tuple:
            _emit_sequence(f"{pad}{name}:", value, pad, lines, depth)
        else:
            lines.append(f"{pad}{name}: {emit_scalar(value)}")


def _emit_nested_mapping(
    head: str, value: Mapping[str, Any], pad: str, lines: list[str], depth: int
) -> None:
    if value:
        lines.append(head)
        _emit_mapping(value, pad + "  ", lines, depth + 1)
    else:
        _require_depth(depth + 1)
        lines.append(f"{head} {{}}")


def _emit_sequence(head: str, value: Sequence[Any], pad: str, lines: list[str], depth: int) -> None:
    _require_depth(depth + 1)
    lines.append(head if value else f"{head} []")
    for item in value:
        if type(item) in _BUILT_IN or not isinstance(item, Mapping):
            lines.append(f"{pad}- {emit_scalar(item)}")
            continue
        if not item:
            raise ScalarError("an item of a sequence is an empty mapping")
        first = len(lines)
        _emit_mapping(item, pad + "  ", lines, depth + 2)
        lines[first] = f"{pad}- {lines[first][len(pad) + 2 :]}"


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("it is not UTF-8", data.count(b"\n", 0, error.start) + 1)
    bad = _NEVER_RAW.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        _refuse(f"U+{ord(bad[0]):04X} is raw in it (CR, TAB and such are escaped)", line)
    return text


def _require_size(data: bytes, max_bytes: int) -> None:
    if len(data) > max_bytes:
        raise RecordError(
            Code.LIMIT, f"the record has {len(data)} bytes, at most {max_bytes} are allowed"
        )


def _require_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        _refuse_depth()


def _refuse_line(text: str) -> NoReturn:
    """Find the first line that is not canonical, and say what it looks like."""
    end = 0
    number = 1
    while (match := _LINE.match(text, end)) is not None:
        end = match.end()
        number += 1
    stop = text.find("\n", end)
    if stop < 0:
        _refuse("it is empty" if not text else "it does not end with one line feed", number)
    line = text[end : min(stop, end + 2000)]
    _refuse(next(hint for pattern, hint in _HINTS if pattern.match(line)), number)


def _refuse(reason: str, line: int) -> NoReturn:
    raise RecordError(Code.RECORD_FORM, f"line {line} is not canonical YAML: {reason}", line=line)


def _refuse_depth(line: int | None = None) -> NoReturn:
    raise RecordError(Code.LIMIT, f"the record is nested deeper than {MAX_DEPTH} levels", line=line)
