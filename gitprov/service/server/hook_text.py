"""The text of the server hook: its settings lines are written and read back here."""

from __future__ import annotations

import re
import shlex

from gitprov.errors import Code, UsageError
from gitprov.model.server_hook import HookSettings

_NAMES = ("python", "ref", "genesis", "kind")
_LINE = re.compile(rb"^(python|ref|genesis|kind)=([^\n]*)$", re.MULTILINE)
# Hooks that were installed before 0.2 name the package by its older name.
_STARTS = (b"-m gitprov.pre_receive", b"-m gitprov.hook")
_CHAIN = b"# gitprov: a chain of pre-receive hooks\n"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


def render_hook(template: bytes, settings: HookSettings) -> bytes:
    """Write settings into the hook's text.

    Args:
        template: the hook as it is shipped.
        settings: what its lines must say.

    Raises:
        UsageError: GPV-422-ARGUMENT, a value holds control characters.
    """
    values = settings.values()
    for name, value in values.items():
        if _UNSAFE.search(value):
            text = f"{name} {value[:60]!r} holds control characters; choose another"
            raise UsageError(Code.ARGUMENT, text)

    def line(match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        comment = match[2].partition(b"#")[2]
        setting = f"{name}={_quote(values[name])}".encode("utf-8", "surrogateescape")
        return setting + (b"  #" + comment if comment else b"")

    return _LINE.sub(line, template, count=len(_NAMES))


def read_hook(content: bytes) -> HookSettings | None:
    """Read the settings of a hook of ours; None if it is another hook."""
    if not any(start in content for start in _STARTS):
        return None
    found: dict[str, str] = {}
    for match in _LINE.finditer(content):
        words = _words(match[2].decode("utf-8", "surrogateescape"))
        found.setdefault(match[1].decode(), words[0] if words else "")
    if set(found) != set(_NAMES):
        return None
    return HookSettings(**found)


def is_chain(content: bytes) -> bool:
    """Whether a hook is the chain that an installation put in the place of another hook."""
    return _CHAIN in content


def _quote(value: str) -> str:
    return "'" + value.replace("'", "'\"'\"'") + "'"


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []
