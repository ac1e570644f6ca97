"""Drafts: what people and programs hand in, as YAML or JSON, one or many (2.3, 2.4).

YAML is put together from ruamel.yaml's events: repeated keys, anchors, aliases and tags are
refused, and scalars without quotes are typed as in JSON, so that ``no`` and a date stay text.
A draft that comes out of here has the names of the schema; its values are not judged yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from gitprov.codec.draft_json import parse_json
from gitprov.codec.draft_names import LinedDict, LinedList, Plain, rename
from gitprov.codec.nesting import MAX_DEPTH
from gitprov.codec.versions import refuse_newer
from gitprov.errors import Code, RecordError

MAX_DRAFT_BYTES: Final = 1_048_576
"""The greatest draft; in a batch each of them."""

_BEGIN = re.compile(rb"---(?:[ \t\r\n]|\Z)")
_OLD = (1, 1)
_NO_BEGIN = "expected '<document start>'"
_END = re.compile(rb"\.\.\.[ \t]*(?:#[^\n]*)?\r?\n?\Z")
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_ENCODING_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft with the names of the schema, perhaps partial.

    Args:
        mapping: plain values.
        lines: where each dotted field stands, as far as that is known.
        first_line: where the draft begins; None if it was not a text.
    """

    mapping: dict[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    first_line: int | None = None

    def line_of(self, name: str | None) -> int | None:
        """The line of a dotted field, else of what it is in, else of the draft."""
        while name:
            if name in self.lines:
                return self.lines[name]
            name = name.rpartition(".")[0]
        return self.first_line

    def located(self, error: RecordError) -> RecordError:
        """The same error with the line of its field, unless it names a line already."""
        line = self.line_of(error.details.get("field"))
        if line is None or "line" in error.details:
            return error
        return RecordError(error.code, f"{error.message} (line {line})", **error.details, line=line)


def from_mapping(mapping: Mapping[str, Any], kind: str = "run") -> Draft:
    """Take a draft from Python values.

    Raises:
        RecordError: GPV-422-SCHEMA, an unknown field or one given twice;
            GPV-501-NEWER-SCHEMA, whatever its fields are.
    """
    refuse_newer(kind, mapping)
    named, _ = rename(mapping, kind)
    return Draft(named)


def read_draft(text: bytes, kind: str = "run") -> Draft:
    """Read one draft: JSON if it begins with a brace, else YAML.

    Raises:
        RecordError: GPV-400-RECORD-FORM (no YAML or JSON, a repeated key, no or two documents),
            GPV-413-LIMIT, GPV-422-SCHEMA (unknown field), with ``line`` and ``field``;
            GPV-501-NEWER-SCHEMA.
    """
    if _is_json(text):
        return _json_draft(text, 1, kind)
    drafts = _yaml_drafts(enumerate(BytesIO(text), 1), kind)
    draft = next(drafts, None)
    if draft is None:
        _refuse("it is empty", 1)
    second = next(drafts, None)
    if second is not None:
        _refuse("a second document begins; read it as a batch", second.first_line)
    return draft


def read_drafts(lines: Iterable[bytes], kind: str = "run") -> Iterator[Draft]:
    """Read many drafts lazily: JSON lines, or YAML documents divided by ``---`` lines.

    Args:
        lines: the lines of the text with their line ends, such as an open binary file.
        kind: the kind of every draft.

    Raises:
        RecordError: as `read_draft`, at the draft that is wrong.
    """
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if line.strip():
            rest = chain([(number, line)], numbered)
            yield from _json_drafts(rest, kind) if _is_json(line) else _yaml_drafts(rest, kind)


def _is_json(text: bytes) -> bool:
    return text.lstrip()[:1] == b"{"


def _json_drafts(lines: Iterable[tuple[int, bytes]], kind: str) -> Iterator[Draft]:
    for number, line in lines:
        text = line.strip()
        if text:
            yield _json_draft(text, number, kind)


def _json_draft(text: bytes, first_line: int, kind: str) -> Draft:
    mapping = parse_json(_decode(text, first_line), first_line)
    try:
        refuse_newer(kind, mapping)
        named, _ = rename(mapping, kind)
    except RecordError as error:
        raise Draft({}, first_line=first_line).located(error) from None
    return Draft(named, first_line=first_line)


def _yaml_drafts(lines: Iterable[tuple[int, bytes]], kind: str) -> Iterator[Draft]:
    for first_line, text in _documents(lines):
        tree = _Tree(first_line).read(_decode(text, first_line))
        if tree is not None:
            refuse_newer(kind, tree)
            named, places = rename(tree, kind)
            yield Draft(named, places, first_line)


def _documents(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Divide a stream of YAML documents; no line within one looks like a begin or an end."""
    first_line, size = 1, 0
    parts: list[bytes] = []
    directives = _Directives()
    for number, line in lines:
        is_end = _END.match(line) is not None
        begins = _BEGIN.match(line) is not None and not directives.await_begin
        directives.see(line, is_end=is_end)
        if not parts or is_end or begins:
            if parts:
                yield first_line, b"".join(parts)
            first_line, size, parts = number, 0, []
        parts.append(b"\n" if is_end else line)
        size += len(line)
        if size > MAX_DRAFT_BYTES:
            break
    if parts:
        yield first_line, b"".join(parts)


class _Directives:
    """Whether directives (``%YAML 1.2``) have been read whose document begins with ``---``."""

    def __init__(self) -> None:
        self.await_begin = False
        self._may_follow = True  # at the start of the stream, and after ``...``

    def see(self, line: bytes, *, is_end: bool) -> None:
        """Take in the next line."""
        if is_end:
            self.await_begin, self._may_follow = False, True
        elif self._may_follow and line.startswith(b"%"):
            self.await_begin = True
        elif line.strip() and not line.lstrip().startswith(b"#"):
            self.await_begin = self._may_follow = False


def _decode(text: bytes, first_line: int) -> str:
    if len(text) > MAX_DRAFT_BYTES:
        reason = f"the draft of line {first_line} has more than {MAX_DRAFT_BYTES} bytes"
        raise RecordError(Code.LIMIT, reason, line=first_line)
    if text.startswith(_ENCODING_MARKS):
        _refuse("it begins with a byte order mark; save it as plain UTF-8", first_line)
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("it is not UTF-8", first_line + text.count(b"\n", 0, error.start))


class _Tree:
    """Puts one YAML document together from its events."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.root: LinedDict | None = None
        self.open: list[LinedDict | LinedList] = []
        self.keys: list[str | None] = []

    def read(self, text: str) -> LinedDict | None:
        """Read a document; None if there is nothing in it but comments."""
        odd = _ODD_BREAK.search(text)
        if odd is not None:
            self._refuse(
                "an odd line break; write it as an escape", text.count("\n", 0, odd.start())
            )
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                self._take(event)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = str(error.problem)
            if problem.startswith(_NO_BEGIN):
                problem = "a line of --- must follow a directive"
            self._refuse(f"it is not YAML: {problem}", mark.line if mark else 0)
        except (YAMLError, ValueError, OverflowError) as error:
            self._refuse(f"it is not YAML: {str(error).splitlines()[0]}", 0)
        return self.root

    def _take(self, event: Event) -> None:
        line: int = event.start_mark.line
        if isinstance(event, DocumentStartEvent) and event.version == _OLD:
            self._refuse("it is not YAML 1.2: in YAML 1.1 words such as no are not text", line)
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            self._refuse("anchors and aliases have no place in a draft", line)
        if getattr(event, "tag", None) is not None:
            self._refuse("tags have no place in a draft", line)
        if isinstance(event, ScalarEvent):
            self._add(str(event.value) if event.style else Plain(event.value), line)
        elif isinstance(event, MappingStartEvent):
            self._push(LinedDict(), line)
        elif isinstance(event, SequenceStartEvent):
            self._push(LinedList(), line)
        elif isinstance(event, CollectionEndEvent):
            self.open.pop()
            self.keys.pop()

    def _push(self, node: LinedDict | LinedList, line: int) -> None:
        if len(self.open) == MAX_DEPTH:
            place = self.first_line + line
            reason = f"the draft is nested deeper than {MAX_DEPTH} levels (line {place})"
            raise RecordError(Code.LIMIT, reason, line=place)
        self._add(node, line)
        self.open.append(node)
        self.keys.append(None)

    def _add(self, value: str | LinedDict | LinedList, line: int) -> None:
        if not self.open:
            self._set_root(value, line)
        elif isinstance(top := self.open[-1], LinedList):
            top.append(value)
            top.lines.append(line + self.first_line)
        elif (key := self.keys[-1]) is not None:
            top[key] = value
            self.keys[-1] = None
        elif not isinstance(value, str):
            self._refuse("a key is text", line)
        elif value in top:
            self._refuse(f"key {value[:60]!r} appears twice", line)
        else:
            self.keys[-1] = str(value)
            top.lines[str(value)] = line + self.first_line

    def _set_root(self, value: str | LinedDict | LinedList, line: int) -> None:
        if isinstance(value, LinedDict):
            self.root = value
        elif value or isinstance(value, LinedList):
            self._refuse("a draft is a mapping of fields", line)

    def _refuse(self, reason: str, line: int) -> NoReturn:
        _refuse(reason, self.first_line + line)


def _refuse(reason: str, line: int | None) -> NoReturn:
    raise RecordError(Code.RECORD_FORM, f"line {line} of the draft: {reason}", line=line)
