"""A name and an email are taken from a user id only where both can be in a policy."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, UsageError
from gitprov.service.govern.identity import first_identity, parse_identity


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("Bob <bob@example.org>", ("Bob", "bob@example.org")),
        (" Bob B. (work) <bob@example.org> ", ("Bob B.", "bob@example.org")),
    ],
)
def test_name_and_email_are_found(text: str, identity: tuple[str, str]) -> None:
    assert parse_identity(text) == identity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bob",
        "bob@example.org",
        "<bob@example.org>",
        "Bob <bob@example.org",
        "Bob <>",
        "\x1b[2J <a@example.org>",
        "a\u202eb <a@example.org>",
        "Bob <a b@example.org>",
        "\u3164 <a@example.org>",
    ],
)
def test_what_could_deceive_or_misses_something_names_nobody(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_identity(text)
    assert refused.value.code is Code.ARGUMENT
    assert first_identity([text]) is None


def test_the_first_user_id_that_has_both_counts() -> None:
    user_ids = ["\x07 <a@example.org>", "Bob <bob@example.org>", "Eve <eve@example.org>"]
    assert first_identity(user_ids) == ("Bob", "bob@example.org")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(UsageError, match="it has no <email> at its end"):
        parse_identity("Bob")
