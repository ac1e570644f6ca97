"""Text that is safe for a terminal, and ids cut short."""

from __future__ import annotations

import re

from gitprov.model.unicode import ESCAPED, SURROGATES

SHORT_OID = 12


_UNSAFE = re.compile(f"[{ESCAPED}{SURROGATES}]")


_UNSAFE_IN_TEXT = re.compile(rf"(?![\n\t])[{ESCAPED}{SURROGATES}]")


def safe(value: object) -> str:
    r"""Return one line of text; characters that steer a terminal become ``\uXXXX``."""
    return _UNSAFE.sub(_escape, str(value))


def safe_text(value: object) -> str:
    """Return text that may keep its line feeds and tabs, all else as in `safe`."""
    return _UNSAFE_IN_TEXT.sub(_escape, str(value))


def short_oid(oid: str | None) -> str:
    """The first 12 digits of an object id, ``-`` for none."""
    return "-" if oid is None else oid[:SHORT_OID]


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
