"""Turns what pydantic found into one RecordError in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitprov.errors import Code, RecordError
from gitprov.model.action import Action
from gitprov.model.text import ACCEPTED, printable
from gitprov.model.words import closest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SHOWN = 60
_LISTED = 20
_PLAN_SHAPES = frozenset(action.value for action in Action)
_PLAIN_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this schema",
}
_EXPECTED = {
    "string_type": "text",
    "string_too_long": "at most {max_length} characters",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "tuple_type": "a list",
    "too_short": "at least {min_length} long",
    "too_long": "at most {max_length} long",
    "dict_type": "a mapping",
    "model_type": "a mapping of fields",
}
"""The expected value in words, by the type of pydantic's error."""


def schema_error(error: ValidationError, kind: str) -> RecordError:
    """Name the first field that is wrong; the first twenty are in ``details["problems"]``."""
    problems = [_problem(item) for item in error.errors(include_url=False)[:_LISTED]]
    field, reason = problems[0]
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    return RecordError(
        Code.POLICY if kind == "policy" else Code.SCHEMA,
        f"{field or kind} {reason}{more}",
        field=field or None,
        problems=[f"{name or kind} {why}" for name, why in problems],
    )


def _problem(item: ErrorDetails) -> tuple[str, str]:
    context: dict[str, Any] = item.get("ctx", {})
    parts = [printable(str(part)) for part in item["loc"] if part != "[key]"]
    if parts[:1] == ["plan"] and parts[1:2] and parts[1] in _PLAN_SHAPES:
        del parts[1]  # pydantic names which plan it took this one for
    if "field" in context:
        parts.append(printable(context["field"]))
    return ".".join(parts), _reason(item["type"], item["msg"], context, item["input"])


def _reason(kind: str, message: str, context: dict[str, Any], value: object) -> str:
    """Say what is wrong in words that follow the name of the field."""
    if kind == "rule":
        return str(context["reason"])
    if kind in _PLAIN_REASONS:
        return _PLAIN_REASONS[kind]
    if kind in {"enum", "literal_error"}:
        return _choice_reason(value, str(context["expected"]))
    if kind == "string_pattern_mismatch":
        expected = ACCEPTED[context["pattern"]]
    elif kind in _EXPECTED:
        expected = _EXPECTED[kind].format_map(context)
    else:
        return f"is {_shown(value)}: {message[:1].lower()}{message[1:]}"
    return f"is {_shown(value)}; it must be {expected}"


def _choice_reason(value: object, expected: str) -> str:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    close = closest(str(value), choices)
    hint = "" if close is None else f" (did you mean {close}?)"
    return f"is {_shown(value)}; it must be {' or '.join(choices)}{hint}"


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _SHOWN:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
