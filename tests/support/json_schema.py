"""A small judge of the JSON Schema keywords that gitprov's schemas use.

It exists so that the schemas can be tried without another library; a keyword that it does not
know is an error, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "format", "then", "else"}
)
TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def schema_problems(value: object, schema: dict[str, Any]) -> list[str]:
    """Name the places and keywords that a value breaks; none: an empty list."""
    return list(_Judge(schema).problems(value, schema, "$"))


class _Judge:
    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root

    def problems(self, value: Any, schema: Any, place: str) -> Iterator[str]:
        if isinstance(schema, bool):
            if not schema:
                yield f"{place}: nothing may be here"
            return
        for keyword, rule in schema.items():
            if keyword in ANNOTATIONS:
                continue
            judge = getattr(self, f"_{keyword.lstrip('$').lower()}")
            yield from judge(value, rule, place, schema)

    def fits(self, value: Any, schema: Any) -> bool:
        return not any(self.problems(value, schema, ""))

    def _ref(self, value: Any, rule: str, place: str, _: Any) -> Iterator[str]:
        node: Any = self.root
        for part in rule.removeprefix("#/").split("/"):
            node = node[part]
        yield from self.problems(value, node, place)

    def _type(self, value: Any, rule: str, place: str, _: Any) -> Iterator[str]:
        if not TYPES[rule](value):
            yield f"{place}: not of type {rule}"

    def _properties(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name in value.keys() & rule.keys():
                yield from self.problems(value[name], rule[name], f"{place}.{name}")

    def _additionalproperties(self, value: Any, rule: Any, place: str, own: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name in value.keys() - own.get("properties", {}).keys():
                yield from self.problems(value[name], rule, f"{place}.{name}")

    def _propertynames(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name in value:
                yield from self.problems(name, rule, f"{place}.{name}")

    def _required(self, value: Any, rule: list[str], place: str, _: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{place}: {name} is required" for name in rule if name not in value)

    def _dependentrequired(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        for name in rule.keys() & value.keys():
            yield from self._required(value, rule[name], place, None)

    def _minproperties(self, value: Any, rule: int, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, dict) and len(value) < rule:
            yield f"{place}: too few properties"

    def _items(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self.problems(item, rule, f"{place}.{number}")

    def _minitems(self, value: Any, rule: int, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, list) and len(value) < rule:
            yield f"{place}: too few items"

    def _maxitems(self, value: Any, rule: int, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, list) and len(value) > rule:
            yield f"{place}: too many items"

    def _minlength(self, value: Any, rule: int, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, str) and len(value) < rule:
            yield f"{place}: too short"

    def _maxlength(self, value: Any, rule: int, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, str) and len(value) > rule:
            yield f"{place}: too long"

    def _pattern(self, value: Any, rule: str, place: str, _: Any) -> Iterator[str]:
        # `$` of ECMA-262 is the very end, unlike Python's.
        if isinstance(value, str) and not re.search(rule.replace("$", r"\Z"), value):
            yield f"{place}: does not match"

    def _minimum(self, value: Any, rule: float, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, int | float) and value < rule:
            yield f"{place}: too small"

    def _maximum(self, value: Any, rule: float, place: str, _: Any) -> Iterator[str]:
        if isinstance(value, int | float) and value > rule:
            yield f"{place}: too great"

    def _const(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        if value != rule:
            yield f"{place}: is not {rule!r}"

    def _enum(self, value: Any, rule: list[Any], place: str, _: Any) -> Iterator[str]:
        if value not in rule:
            yield f"{place}: is none of {rule}"

    def _allof(self, value: Any, rule: list[Any], place: str, _: Any) -> Iterator[str]:
        for schema in rule:
            yield from self.problems(value, schema, place)

    def _anyof(self, value: Any, rule: list[Any], place: str, _: Any) -> Iterator[str]:
        if not any(self.fits(value, schema) for schema in rule):
            yield f"{place}: fits none of {len(rule)}"

    def _oneof(self, value: Any, rule: list[Any], place: str, _: Any) -> Iterator[str]:
        if sum(self.fits(value, schema) for schema in rule) != 1:
            yield f"{place}: does not fit exactly one of {len(rule)}"

    def _not(self, value: Any, rule: Any, place: str, _: Any) -> Iterator[str]:
        if self.fits(value, rule):
            yield f"{place}: fits what it must not"

    def _if(self, value: Any, rule: Any, place: str, own: Any) -> Iterator[str]:
        branch = own.get("then" if self.fits(value, rule) else "else", True)
        yield from self.problems(value, branch, place)
