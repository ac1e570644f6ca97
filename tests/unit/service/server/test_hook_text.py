"""The settings lines of the server hook, written and read back."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, UsageError
from gitprov.model.server_hook import HookSettings
from gitprov.service.server.hook_text import is_chain, read_hook, render_hook

TEMPLATE = b"""#!/bin/sh
python='python3'
ref='refs/gitprov/ledger'  # the ledger's ref
genesis=''
kind='bare'
exec "$python" -I -m gitprov.pre_receive
"""
SETTINGS = HookSettings("/usr/bin/python3", "refs/heads/ledger", "ab" * 20, "gitea")


def test_what_is_written_is_read() -> None:
    written = render_hook(TEMPLATE, SETTINGS)
    assert read_hook(written) == SETTINGS
    assert b"  # the ledger's ref\n" in written
    assert read_hook(TEMPLATE) == HookSettings("python3", "refs/gitprov/ledger", "", "bare")


@pytest.mark.parametrize("value", ["a\nb", "a\0b", "a\x7f"])
def test_control_characters_never_get_into_the_text(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        render_hook(TEMPLATE, HookSettings(value, "refs/x/y", "", "bare"))
    assert caught.value.code is Code.ARGUMENT


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\nexit 0\n",
        TEMPLATE.replace(b"kind='bare'\n", b""),
        TEMPLATE.replace(b"gitprov.pre_receive", b"other.hook"),
        b"",
    ],
)
def test_another_hook_is_not_taken_for_ours(content: bytes) -> None:
    assert read_hook(content) is None


def test_a_line_that_no_shell_could_read_is_no_setting() -> None:
    broken = TEMPLATE.replace(b"python='python3'", b"python='python3")
    assert read_hook(broken) == HookSettings("", "refs/gitprov/ledger", "", "bare")


def test_a_chain_is_known_by_its_first_words() -> None:
    assert is_chain(b"#!/bin/sh\n# gitprov: a chain of pre-receive hooks\n")
    assert not is_chain(TEMPLATE)
