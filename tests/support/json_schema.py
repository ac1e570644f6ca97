"""Values compared with gitprov's JSON Schemas by a library of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend


def _pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    """Search as ECMA 262 does, where ``$`` is the very end, not also before a line feed."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def schema_problems(value: object, schema: dict[str, Any]) -> list[str]:
    """Name the places and keywords that a value breaks; none: an empty list."""
    Draft202012Validator.check_schema(schema)
    return [
        f"{error.json_path}: {error.validator}" for error in _Validator(schema).iter_errors(value)
    ]
