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

from gitprov.codec.scalars import (
    KEY_FORM,
    SCALAR_FORM,
    ScalarError,
    emit_key,
    emit_scalar,
    escape,
    read_key,
    read_scalar,
)
from gitprov.errors import Code, RecordError
from gitprov.model.unicode import DEL_AND_C1, FORMATTING

MAX_BYTES: Final = 262_144
"""The greatest file on a ledger (2.8); a policy may ask for less."""

MAX_DEPTH: Final = 8
"""The top mapping is 1, each mapping or sequence inside is one more."""

_LINE = re.compile(
    r"^( *+(?:- )?+)"
    rf'(?:({KEY_FORM}):(?: (?:"([^"\\\n]++)"|({SCALAR_FORM}|\[\]|\{{\}})))?+|({SCALAR_FORM}))\n',
    re.MULTILINE,
)
_NEVER_RAW = re.compile(rf"[\x00-\x09\x0b-\x1f{DEL_AND_C1}{FORMATTING}]")
_TOO_DEEP = "\n" + "  " * MAX_DEPTH
_EMPTY = {"[]": list, "{}": dict}
_ANYWHERE = "?"
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
    return _Builder().build(rows)


class _Builder:
    """Puts the lines of one document together.

    Each line begins with a prefix: spaces, and perhaps a dash. A mapping whose keys stand at
    column c has the rank 2c, a sequence whose dashes stand there 2c + 1. The ranks of the open
    containers always rise, and the prefix of a line names the rank of its container.
    """

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.ranks = [0]
        self.nodes: list[Any] = [self.root]
        self.pending = ""

    def build(self, rows: Sequence[tuple[str, str, str, str, str]]) -> dict[str, Any]:
        """Turn the lines into one mapping."""
        node, here, line = self.root, "", 0
        try:
            for line, (prefix, raw, text, value, item) in enumerate(rows, 1):
                if prefix != here or item:
                    node, here = self._move(prefix, item)
                    if item:
                        continue
                key = read_key(raw)
                if key in node:
                    _refuse(f"key {key!r} stands twice", line)
                if text:
                    node[key] = text
                elif value:
                    node[key] = self._read(value)
                else:
                    self.pending = key
                    here = _ANYWHERE
        except ScalarError as error:
            _refuse(str(error), line)
        except _DepthError:
            _refuse_depth(line)
        if self.pending:
            _refuse(f"key {self.pending!r} has no value", line)
        return self.root

    def _move(self, prefix: str, item: str) -> tuple[Any, str]:
        """Go to the container of a line, opening it if its key waits for it.

        Returns the container and the prefix of further pairs in it; an item is added to it.
        """
        column = len(prefix)
        if not prefix.endswith("- "):
            if item:
                raise ScalarError("a value stands without a key")
            return self._enter(2 * column), prefix
        rank = 2 * (column - 2)
        sequence = self._enter(rank + 1)
        if not item:
            return self._open({}, rank + 4), " " * column
        sequence.append(read_scalar(item))
        return sequence, _ANYWHERE

    def _enter(self, rank: int) -> Any:
        ranks, nodes = self.ranks, self.nodes
        if self.pending:
            steps = rank - ranks[-1]
            if steps not in {1, 4}:
                raise ScalarError(f"key {self.pending!r} has no value, or it is indented badly")
            return self._open([] if steps == 1 else {}, rank)
        while ranks[-1] > rank:
            ranks.pop()
            nodes.pop()
        if ranks[-1] != rank:
            raise ScalarError("the line is indented badly")
        return nodes[-1]

    def _open(self, node: list[Any] | dict[str, Any], rank: int) -> Any:
        if len(self.nodes) == MAX_DEPTH:
            raise _DepthError
        parent = self.nodes[-1]
        if self.pending:
            parent[self.pending] = node
            self.pending = ""
        else:
            parent.append(node)
        self.nodes.append(node)
        self.ranks.append(rank)
        return node

    def _read(self, value: str) -> object:
        empty = _EMPTY.get(value)
        if empty is None:
            return read_scalar(value)
        if len(self.nodes) == MAX_DEPTH:
            raise _DepthError
        return empty()


class _DepthError(Exception):
    """More than MAX_DEPTH containers lie inside each other."""


def _emit_mapping(mapping: Mapping[str, Any], pad: str, lines: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        _refuse_depth()
    for key, value in mapping.items():
        kind = type(value)
        name = emit_key(key)
        if kind is str:
            if not value.isprintable() or '"' in value or "\\" in value:
                value = escape(value)
            lines.append(f'{pad}{name}: "{value}"')
        elif kind is dict or isinstance(value, Mapping):
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


def _emit_sequence(
    head: str, value: Sequence[Any], pad: str, lines: list[str], depth: int
) -> None:
    _require_depth(depth + 1)
    lines.append(head if value else f"{head} []")
    for item in value:
        if not isinstance(item, Mapping):
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
        _refuse(f"U+{ord(bad[0]):04X} stands raw in it (CR, TAB and such are escaped)", line)
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
    raise RecordError(
        Code.RECORD_FORM, f"line {line} is not canonical YAML: {reason}", line=line
    )


def _refuse_depth(line: int | None = None) -> NoReturn:
    raise RecordError(
        Code.LIMIT, f"the record is nested deeper than {MAX_DEPTH} levels", line=line
    )
