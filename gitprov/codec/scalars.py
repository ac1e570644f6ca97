"""Keys and scalars of canonical YAML: text to value and back (2.3).

The forms are regular expressions that already admit only the one spelling of each string; that
a key or number is spelt in the one way is checked when it is read. Everything that is wrong
raises `ScalarError`; `canonical` adds where it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from json import JSONDecoder
from math import isfinite
from typing import Final

from gitprov.model.text import MAX_KEY, MAX_SAFE, key_problem
from gitprov.model.unicode import ESCAPED, SURROGATES

_ESCAPE_FORM = (
    r"\\(?:[\"\\nt]"
    r"|u(?:000[1-8b-f]|001[0-9a-f]|007f|00[89][0-9a-f]"
    r"|200[b-f]|202[89a-e]|206[0-46-9]|feff|fff[ef]))"
)
STRING_FORM: Final = rf'"[^"\\\n]*+(?:{_ESCAPE_FORM}[^"\\\n]*+)*+"'
"""A string; what is raw in it must not be one of the characters that are escaped."""

KEY_FORM: Final = rf"[a-z][a-z0-9_]*+|{STRING_FORM}"
NUMBER_FORM: Final = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,24}(?:e[+-][0-9]{2,3})?)?"
SCALAR_FORM: Final = rf"{STRING_FORM}|{NUMBER_FORM}|true|false"

_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MUST_ESCAPE = re.compile(rf'["\\{ESCAPED}{SURROGATES}]')
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_JSON = JSONDecoder()
_WORDS = {"true": True, "false": False}


class ScalarError(Exception):
    """A key or scalar has no place in the canonical form; its text says why."""


def escape(text: str) -> str:
    """Render what is between the double quotes.

    Raises:
        ScalarError: NUL or a lone surrogate, which no record can hold.
    """
    # No character that must be escaped is printable, so most texts need no further look.
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _MUST_ESCAPE.sub(_escape_one, text)


@lru_cache(maxsize=4096)
def emit_key(key: str) -> str:
    """Render a mapping key, plain where every YAML reader takes it for text.

    Raises:
        ScalarError: it is not a line of at most 128 code points.
    """
    if not isinstance(key, str):
        raise ScalarError(f"the key {key!r} is not a text")
    problem = key_problem(key)
    if problem is not None:
        raise ScalarError(f"key {key[:40]!r} {problem}")
    if _PLAIN_KEY.fullmatch(key) and key not in _YAML_WORDS:
        return key
    return f'"{escape(key)}"'


@lru_cache(maxsize=4096)
def read_key(raw: str) -> str:
    """Read a key that has the form KEY_FORM.

    Raises:
        ScalarError: it is not a line, or must be written in another way.
    """
    if raw[0] != '"' and raw not in _YAML_WORDS and len(raw) <= MAX_KEY:
        return raw
    key: str = _JSON.raw_decode(raw)[0] if raw[0] == '"' else raw
    if emit_key(key) != raw:
        raise ScalarError(f"key {key!r} must be written {emit_key(key)}")
    return key


def emit_scalar(value: object) -> str:
    """Render a string, boolean, integer or float.

    Raises:
        ScalarError: the value has no canonical form.
    """
    if isinstance(value, str):
        return f'"{escape(value)}"'
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if -MAX_SAFE <= value <= MAX_SAFE:
            return str(int(value))
        raise ScalarError("an integer is beyond 2^53-1, which not every reader can hold")
    if isinstance(value, float):
        return _emit_float(value)
    raise ScalarError(f"a {type(value).__name__} has no canonical form")


def read_scalar(raw: str) -> str | bool | float:
    """Read a scalar that has the form SCALAR_FORM.

    Raises:
        ScalarError: the number is out of range or has another spelling.
    """
    if raw[0] == '"':
        text: str = _JSON.raw_decode(raw)[0]
        return text
    word = _WORDS.get(raw)
    if word is not None:
        return word
    number: float = float(raw) if "." in raw else int(raw)
    if emit_scalar(number) != raw:
        raise ScalarError(f"the number {raw} must be written {emit_scalar(number)}")
    return number


def _emit_float(value: float) -> str:
    """Render a finite float as Python's repr, with ``.0`` before an ``e`` without a point."""
    if not isfinite(value):
        raise ScalarError("a number is not finite")
    text = repr(float(value))
    if text == "-0.0":
        raise ScalarError("-0.0 has no canonical form; use 0.0")
    if "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text


def _escape_one(match: re.Match[str]) -> str:
    character = match[0]
    short = _SHORT_ESCAPES.get(character)
    if short is not None:
        return short
    if character == "\0" or "\ud800" <= character <= "\udfff":
        raise ScalarError(f"U+{ord(character):04X} cannot be in a record")
    return f"\\u{ord(character):04x}"
