"""The names in a draft: seed spellings, unknown fields, short forms (2.4).

A draft is a mapping in the shape of a record, and may be partial. Here it gets the names of the
schema; whether its values are good is the schema's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, NoReturn, get_args, get_origin

from gitprov.codec.seed_names import read_seed_name
from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.kinds import find_model
from gitprov.model.run_parts import CodeCommit, FileRef
from gitprov.model.text import printable
from gitprov.model.times import normalise_time
from gitprov.model.words import closest

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ADVICE: Final = {"timestamp": "started_at and finished_at"}
_SHORT_FORMS: Final[dict[type[Model], str]] = {FileRef: "path", CodeCommit: "commit"}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {word: word[0] in "tT" for word in ["true", "True", "TRUE", "false", "False", "FALSE"]}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")


class Plain(str):
    """A YAML scalar without quotes, not yet known to be text or something else."""

    __slots__ = ()


class LinedDict(dict[str, Any]):
    """A mapping read from text, with the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class LinedList(list[Any]):
    """A sequence read from text, with the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a mapping at some place of a draft.

    Args:
        names: the fields of a model; a field that holds no mapping has the shape None.
        free: "text" or "number" for a free map, whose keys are the user's own.
        short: the field that a bare text in a list stands for.
    """

    names: Mapping[str, Shape | None] = field(default_factory=dict)
    free: str | None = None
    short: str | None = None


@cache
def shape_of(kind: str) -> Shape:
    """The shape of a draft of that kind.

    Raises:
        RecordError: GPV-422-SCHEMA, there is no such kind.
    """
    return _model_shape(find_model(kind))


def rename(draft: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Give a draft the names of the schema, and find the line of each field.

    Fields that are null are left out: null and absent both mean "not known". Times with an
    offset get the one form; plain YAML scalars get their type; a bare path or commit becomes the
    mapping that it stands for.

    Returns:
        The draft as plain values, and the lines by dotted field.

    Raises:
        RecordError: GPV-422-SCHEMA (unknown field, said twice), with ``field`` and ``line``.
    """
    walk = _Walk()
    source = _with_seed_names(draft) if kind == "run" else draft
    return walk.model(source, shape_of(kind), ""), walk.lines


def snake_case(name: str) -> str:
    """Turn the PascalCase of the seeds into our names: RunID to run_id."""
    return _WORD_START.sub("_", name).lower() if name[:1].isupper() else name


def resolve_plain(text: str) -> str | bool | float | None:
    """Type a YAML scalar without quotes as JSON would, so ``no``, ``0x1F`` and dates are text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else str(text)


class _Walk:
    """One pass over one draft."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}

    def model(self, source: Mapping[str, Any], shape: Shape, place: str) -> dict[str, Any]:
        """Rename the fields of a model; ``place`` is its dotted field and a dot."""
        named: dict[str, Any] = {}
        lines = source.lines if isinstance(source, LinedDict) else None
        names = shape.names
        for key, value in source.items():
            name = key if key in names else snake_case(str(key))
            line = None if lines is None else lines[key]
            if name not in names:
                _refuse_name(key, name, shape, place, line)
            if name in named:
                _refuse(f"{place}{name} is given twice, also as {key}", place + name, line)
            if line is not None:
                self.lines[place + name] = line
            named[name] = self.value(value, names[name], place + name)
        return {name: value for name, value in named.items() if value is not None}

    def value(self, value: object, shape: Shape | None, where: str) -> object:
        """Type one value, and what is inside it."""
        if isinstance(value, Plain):
            value = resolve_plain(value)
        if isinstance(value, str):
            return normalise_time(value) if where[-3:] == "_at" else value
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, datetime) and value.tzinfo is not None:
            return normalise_time(value.isoformat())
        return self.nested(value, shape, where)

    def nested(self, value: object, shape: Shape | None, where: str) -> object:
        """Type what is inside a list or mapping."""
        if isinstance(value, list | tuple):
            return self.items(value, shape, where)
        if not isinstance(value, Mapping):
            return value
        if shape is None or shape.free:
            return self.free_map(value, shape, where)
        return self.model(value, shape, f"{where}.")

    def free_map(self, source: Mapping[str, Any], shape: Shape | None, where: str) -> object:
        """Keep the user's own keys; in a map of texts a scalar without quotes is text."""
        if isinstance(source, LinedDict):
            for key, line in source.lines.items():
                self.lines[f"{where}.{key}"] = line
        return {key: self.member(value, shape, where) for key, value in source.items()}

    def items(self, source: Sequence[Any], shape: Shape | None, where: str) -> list[Any]:
        """Type the items of a list; a bare text becomes the mapping that it stands for."""
        if isinstance(source, LinedList):
            for number, line in enumerate(source.lines):
                self.lines[f"{where}.{number}"] = line
        short = None if shape is None else shape.short
        typed: list[Any] = []
        for number, item in enumerate(source):
            value = self.member(item, shape, f"{where}.{number}")
            typed.append({short: value} if short and isinstance(value, str) else value)
        return typed

    def member(self, value: object, shape: Shape | None, where: str) -> object:
        """Type what is in a map or list; where only text may be, it is text."""
        if type(value) is str:
            return value
        if isinstance(value, Plain) and value and shape is not None and shape.free == "text":
            return str(value)
        return self.value(value, None if shape is None or shape.free else shape, where)


def _with_seed_names(draft: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the fields that the seed's own names stand for in their places, with their lines."""
    named = LinedDict()
    lines = draft.lines if isinstance(draft, LinedDict) else {}
    for key, value in draft.items():
        plain = resolve_plain(value) if isinstance(value, Plain) else value
        read = read_seed_name(key, plain, draft)
        for name, part in ({key: value} if read is None else read).items():
            there = named.get(name)
            if there is None:
                named[name] = part
            elif isinstance(there, dict) and isinstance(part, dict) and not there.keys() & part:
                named[name] = {**there, **part}
            else:
                _refuse(f"{name} is given twice, also as {key}", name, lines.get(key))
            if key in lines:
                named.lines[name] = lines[key]
    return named if lines else dict(named)


def _refuse_name(key: object, name: str, shape: Shape, place: str, line: int | None) -> NoReturn:
    name = printable(name)
    better = _ADVICE.get(name) or closest(name, shape.names)
    hint = f"did you mean {better}?" if better else f"the fields are {', '.join(shape.names)}"
    _refuse(f"{place}{printable(str(key))} is not a field; {hint}", f"{place}{name}", line)


def _refuse(reason: str, where: str, line: int | None) -> NoReturn:
    at = f" (line {line})" if line is not None else ""
    raise RecordError(Code.SCHEMA, reason + at, field=where, line=line)


@cache
def _model_shape(model: type[Model]) -> Shape:
    names: dict[str, Shape | None] = {}
    for name, info in model.model_fields.items():
        names[info.alias or name] = _annotation_shape(info.annotation)
    return Shape(names, short=_SHORT_FORMS.get(model))


def _annotation_shape(annotation: object) -> Shape | None:
    """The shape of the first model or map in an annotation; of several models all fields."""
    if get_origin(annotation) is dict:
        return Shape(free="text" if get_args(annotation)[1] is str else "number")
    if get_origin(annotation) is tuple and get_args(get_args(annotation)[0])[:1] == (str,):
        return Shape(free="text")
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return _model_shape(annotation)
    shapes = [shape for part in get_args(annotation) if (shape := _annotation_shape(part))]
    if len(shapes) <= 1:
        return shapes[0] if shapes else None
    return Shape({name: inner for shape in shapes for name, inner in shape.names.items()})
