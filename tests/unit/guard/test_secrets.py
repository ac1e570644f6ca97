"""R-37: what looks like a credential does not get into a record."""

from __future__ import annotations

import time

import pytest

from gitprov.codec.canonical import emit
from gitprov.errors import Code
from gitprov.guard.secrets import check_secrets, may_hold_secret

# Put together here, so that no scanner takes this file for a leak.
TOKENS = {
    "a private key": "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
    "a private key block": "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
    "a plain private key": "-----BEGIN " + "PRIVATE KEY-----",
    "an AWS access key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a fine-grained GitHub token": "github_pat_" + "a" * 22 + "_b",
    "a GitLab token": "glpat-" + "a" * 20,
    "a Slack token": "xoxb-" + "1234567890",
    "a Google API key": "AIza" + "a" * 35,
    "an API key": "sk-" + "a" * 32,
    "a longer API key": "sk-ant-" + "api03-" + "a" * 40,
    "a live key": "sk_live_" + "a" * 24,
    "a registry's token": "npm_" + "a" * 36,
    "another registry's token": "pypi-" + "AgE" + "a" * 60,
    "a JSON web token": "eyJ" + "a" * 10 + ".eyJ" + "b" * 10 + "." + "c" * 20,
    "a password in an address": "https://me:" + "secret@example.org/x",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_no_credential_escapes_the_first_look(token: str) -> None:
    assert may_hold_secret(emit({"notes": f"see {token}", "a": {token: "x"}}))
    assert not may_hold_secret(emit({"notes": "6f" * 32, "agent_name": "4_DOCUMENTS"}))


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"notes": "see {}"}, "notes"),
        ({"command": {"argv": ["curl", "-H", "x: {}"]}}, "command.argv.2"),
        ({"labels": {"a": "({})"}}, "labels.a"),
        ({"error": {"details": {"{}": "x"}}}, "a key of error.details"),
        ({"{}": 1}, "a key of the record"),
    ],
)
def test_a_credential_is_found_wherever_it_stands(
    record: dict[str, object], field: str, token: str
) -> None:
    (found,) = check_secrets(filled(record, token), "runs/x.yaml")  # type: ignore[arg-type]  # a dict
    assert (found.code, found.path) == (Code.SCHEMA, "runs/x.yaml")
    assert found.message.startswith(f"{field} holds ")
    assert token not in found.message


def filled(value: object, token: str) -> object:
    """Put a token where a template has a gap."""
    if isinstance(value, str):
        return value.replace("{}", token)
    if isinstance(value, dict):
        return {filled(key, token): filled(inner, token) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, token) for inner in value]
    return value


@pytest.mark.parametrize(
    "text",
    [
        *("", "sk-learn", "task-manager-for-the-whole-team-of-people", "AKIA", "ghp_", "eyJ.eyJ.x"),
        *("https://example.org/a:b@c", "git@example.org:x/y.git", "mailto:a@example.org"),
        *("-----BEGIN PUBLIC KEY-----", "-----BEGIN PGP SIGNATURE-----", "6f" * 32, "2e" * 20),
        "01a1c506-70fb-7e97-b00d-1c0ffee00123",
    ],
)
def test_honest_text_is_left_alone(text: str) -> None:
    assert check_secrets({"notes": text, "n": 3, "b": True, "none": None, "x": [1.5, text]}) == []


def test_each_field_is_named_once() -> None:
    token = TOKENS["a GitHub token"]
    found = check_secrets({"notes": f"{token} {token}", "labels": {"a": token, "b": "x"}})
    assert [finding.message.split(" ")[0] for finding in found] == ["notes", "labels.a"]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "a://" * 50_000, "eyJ" * 60_000, "-----BEGIN " * 20_000]
)
def test_no_text_is_slow(text: str) -> None:
    began = time.process_time()
    assert check_secrets({"notes": text}) == []
    assert time.process_time() - began < 2.0
