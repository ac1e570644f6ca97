"""Takes a name and an email from the text of an OpenPGP user id; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gitprov.errors import Code, UsageError
from gitprov.model.text import email_problem, name_problem

_SHOWN = 200


def parse_identity(text: str) -> tuple[str, str]:
    """Split ``Name (comment) <email>``.

    Raises:
        UsageError: GPV-422-ARGUMENT; it is not of that form, or cannot be in a policy.
    """
    name, _, rest = text.strip().rpartition(" <")
    email = rest.removesuffix(">")
    name = name.partition(" (")[0].strip()
    checks: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
        ("name", name, name_problem),
        ("email", email, email_problem),
    )
    if not rest.endswith(">"):
        shown = f'{text[:_SHOWN]!r} is not of the form "Name <email>": it has no <email> at its end'
        raise UsageError(Code.ARGUMENT, shown)
    for what, value, problem in checks:
        reason = problem(value)
        if reason is not None:
            shown = f'{text[:_SHOWN]!r} is not of the form "Name <email>": the {what}'
            raise UsageError(Code.ARGUMENT, f"{shown} {reason}")
    return name, email


def first_identity(user_ids: Iterable[str]) -> tuple[str, str] | None:
    """Return name and email of the first user id that has both, None if none has."""
    for user_id in user_ids:
        try:
            return parse_identity(user_id)
        except UsageError:
            continue
    return None
