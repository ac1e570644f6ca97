"""Writes the field tables of docs/schema-reference.md from the models and `schema_facts`.

``python -m tests.support.generate_schema_reference``; the text between the tables is written by
hand. A test holds the page against what this would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic.fields import FieldInfo

from gitprov.model import text as texts
from gitprov.model.amendment import RunChanges
from gitprov.model.frozen import Model, NumberMap, TextMap
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.kinds import MODELS
from gitprov.model.mutation import Mutation
from gitprov.model.plan import PLANS
from gitprov.model.policy import RecordKind
from gitprov.model.run_parts import CodeCommit, FileRef
from gitprov.model.times import Time
from tests.support.schema_facts import CONDITIONAL, FACTS
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "schema-reference.md"
COLUMNS = ("field", "type", "must", "what", "allowed", "when drafting", "source")
_TABLE: Final = re.compile(r"^\| field \|.*\n(?:\|.*\n)+", re.MULTILINE)
_HEAD_FIELDS = ("schema_version", "kind", "<kind>_id", "recorded_at", "mutation")
_END_FIELDS = ("extensions",)

_WORDS: Final[list[tuple[Any, str, str]]] = [
    (texts.Line, "line", ""),
    (texts.Text, "text", ""),
    (texts.Notes, "text", "up to 10,000 code points, not blank"),
    (texts.RelPath, "path", ""),
    (texts.Cwd, "path", ""),
    (texts.Name, "line", "without `<` and `>`"),
    (texts.Email, "line", "without `<`, `>` and spaces"),
    (texts.LabelKey, "line", "up to 128 code points"),
    (texts.Uuid, "UUID", "not nil, not max"),
    (texts.Uuid4, "UUID", "UUIDv4"),
    (texts.Uuid7, "UUID", "UUIDv7"),
    (texts.Sha256Hex, "text", "64 lower-case hex digits"),
    (texts.OidHex, "text", "40 lower-case hex digits"),
    (texts.Digest, "text", "`sha256:` and 64 lower-case hex digits"),
    (texts.Fingerprint, "text", "fingerprint, 40 upper-case hex digits"),
    (texts.Head, "text", "40 lower-case hex digits, or `unborn`"),
    (texts.ResourceId, "text", "`<kind>:<id>`"),
    (texts.Currency, "text", "three letters A to Z, as in ISO 4217"),
    (texts.Amount, "text", "decimal, such as `0.0123`"),
    (Time, "time", ""),
    (TextMap, "map to text", ""),
    (NumberMap, "map to number", "finite"),
    (RecordKind, "text", ", ".join(f"`{kind}`" for kind in RECORD_KINDS)),
]
"""The named types of the models, and what the page calls them and says of their values."""
_OWN_TABLES: Final = {FileRef: "file", CodeCommit: "commit"}
_APART: Final = {*_OWN_TABLES, Mutation, RunChanges}
"""Models whose fields are not listed below the field that holds them."""


def render(page: str) -> str:
    """Return the page with its tables made anew."""
    tables = list(_tables())
    parts = _TABLE.split(page)
    assert len(parts) == len(tables) + 1, f"{len(parts) - 1} tables, not {len(tables)}"
    made = [part + table for part, table in zip(parts, [*tables, ""], strict=True)]
    return "".join(made)


def _tables() -> Iterator[str]:
    """Make the tables in the order of the page."""
    head = dict(_rows(MODELS["run"], "head"))
    yield _table(head[name] for name in _HEAD_FIELDS)
    yield _table(cells for _, cells in _rows(Mutation, "Mutation", "mutation."))
    yield _table(head[name] for name in _END_FIELDS)
    for kind in ("run", "state", "artifact", "log", "amendment", "proposal"):
        yield _kind_table(kind)
        if kind == "run":
            for part in (FileRef, CodeCommit):
                yield _table(cells for _, cells in _rows(part, part.__name__))
    for plan in dict.fromkeys(PLANS.values()):
        yield _table(cells for _, cells in _rows(plan, plan.__name__))
    for kind in ("approval", "enactment", "tombstone", "ledger", "policy"):
        yield _kind_table(kind)


def _kind_table(kind: str) -> str:
    return _table(cells for _, cells in _rows(MODELS[kind], MODELS[kind].__name__))


def _table(rows: Iterator[tuple[str, ...]] | Any) -> str:
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *rows]
    rendered = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([rendered[0], rendered[1].replace(" ", ""), *rendered[2:]]) + "\n"


def _rows(
    model: type[Model], name: str, prefix: str = "", within: str = ""
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the rows of a model, those of its parts below each; facts tell which fields."""
    facts = FACTS[name]
    hints = get_type_hints(model, include_extras=True)
    for own, field in model.model_fields.items():
        alias = field.alias or own
        known = "<kind>_id" if name == "head" and own == "run_id" else alias
        place = within + known
        if place not in facts:
            assert name == "head" or own in _HEAD_FIELDS or own in _END_FIELDS or own == "mutation"
            continue
        fact = facts[place]
        type_, allowed, inner = _described(hints[own])
        must = CONDITIONAL.get(f"{model.__name__}.{own}") or ("no", "yes")[field.is_required()]
        if name == "head" and own == "kind":
            allowed = "the kind's name"
        allowed = "; ".join(part for part in (allowed, fact.rule) if part)
        what = _what(field, known)
        yield place, (f"`{prefix}{place}`", type_, must, what, allowed, fact.drafting, fact.source)
        if inner is not None and inner not in _APART:
            yield from _rows(inner, name, prefix, f"{place}{'[]' * type_.startswith('list')}.")


def _what(field: FieldInfo, name: str) -> str:
    text = field.description or ""
    return "the record's id" if name == "<kind>_id" else text


def _described(hint: Any) -> tuple[str, str, type[Model] | None]:
    """Return what the page calls a type, what it says of its values, and the model in it."""
    for alias, word, allowed in _WORDS:
        if hint == alias:
            return word, allowed, None
    if get_origin(hint) in {Union, UnionType}:
        choices = [choice for choice in get_args(hint) if choice is not type(None)]
        return _described(choices[0]) if len(choices) == 1 else ("model", "", None)
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return _limited(base, [limit for mark in marks for limit in _limits(mark)])
    return _limited(hint, [])


def _limits(mark: object) -> list[Any]:
    return list(mark.metadata) if isinstance(mark, FieldInfo) else [mark]


def _limited(base: Any, limits: list[Any]) -> tuple[str, str, type[Model] | None]:
    origin = get_origin(base)
    if origin is tuple:
        return _list_of(get_args(base)[0], limits)
    if isinstance(base, type) and issubclass(base, Model):
        return "model", "", base
    if origin is Literal:
        return "text", _listed(get_args(base)), None
    if isinstance(base, type) and issubclass(base, Enum):
        return "text", _listed([member.value for member in base]), None
    if base is int:
        return "integer", _range(limits), None
    others = {Union: "model", UnionType: "model", dict: "map to text", bool: "boolean"}
    return others[origin or base], "", None


def _list_of(item: Any, limits: list[Any]) -> tuple[str, str, type[Model] | None]:
    word, allowed, inner = _described(item)
    word = _OWN_TABLES.get(inner, "model") if inner is not None else word
    sizes = [f"at least {limit.min_length}" for limit in limits if isinstance(limit, MinLen)]
    sizes += [f"at most {limit.max_length:,}" for limit in limits if isinstance(limit, MaxLen)]
    return f"list of {word}s", ", ".join(part for part in (allowed, *sizes) if part), inner


def _range(limits: list[Any]) -> str:
    low = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    if high == texts.MAX_SAFE:
        return "" if low != 0 else "0 or more"
    return f"{low:,} to {high:,}"


def _listed(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
