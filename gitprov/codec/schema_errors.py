"""Turns what pydantic found into one RecordError in plain words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from gitprov.errors import Code, RecordError
from gitprov.model.plan import Action
from gitprov.model.text import ACCEPTED

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SHOWN = 60
_PLAN_SHAPES = {action.value for action in Action}


def schema_error(error: ValidationError, kind: str) -> RecordError:
    """Name the first field that is wrong; all of them stand in ``details["problems"]``."""
    problems = [_problem(item) for item in error.errors(include_url=False)]
    field, reason = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return RecordError(
        Code.POLICY if kind == "policy" else Code.SCHEMA,
        f"{field or kind} {reason}{more}",
        field=field or None,
        problems=[f"{name or kind} {why}" for name, why in problems],
    )


def _problem(item: ErrorDetails) -> tuple[str, str]:
    context: dict[str, Any] = item.get("ctx", {})
    parts = [str(part) for part in item["loc"] if part not in _PLAN_SHAPES]
    if "field" in context:
        parts.append(context["field"])
    return ".".join(parts), _reason(item["type"], item["msg"], context, item["input"])


def _reason(kind: str, message: str, context: dict[str, Any], value: object) -> str:
    """Say what is wrong in words that follow the name of the field."""
    if kind == "rule":
        return str(context["reason"])
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a field of this schema"
    if kind == "string_pattern_mismatch":
        return f"is {_shown(value)}; it must be {ACCEPTED[context['pattern']]}"
    if kind in {"enum", "literal_error"}:
        return _choice_reason(value, str(context["expected"]))
    return f"is {_shown(value)}: {message[0].lower()}{message[1:]}"


def _choice_reason(value: object, expected: str) -> str:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    close = get_close_matches(str(value).upper(), [c.upper() for c in choices], n=1)
    hint = next((c for c in choices if [c.upper()] == close), None)
    suggestion = f" (did you mean {hint}?)" if hint else ""
    return f"is {_shown(value)}; it must be {' or '.join(choices)}{suggestion}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
