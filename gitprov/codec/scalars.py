"""Keys and scalars of canonical YAML: text to value and back (2.3).

Everything that is wrong here raises `ScalarError`; `canonical` adds where it stands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import Final

from gitprov.model.text import MAX_SAFE, key_problem
from gitprov.model.unicode import ESCAPED, SURROGATES

STRING_FORM: Final = r'"[^"\\\n]*+(?:\\(?:["\\nt]|u[0-9a-f]{4})[^"\\\n]*+)*+"'
KEY_FORM: Final = rf"[a-z][a-z0-9_]*+|{STRING_FORM}"
NUMBER_FORM: Final = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,24}(?:e[+-][0-9]{2,3})?)?"
VALUE_FORM: Final = rf"{STRING_FORM}|{NUMBER_FORM}|true|false|\[\]|\{{\}}"

_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MUST_ESCAPE = re.compile(rf'["\\{ESCAPED}{SURROGATES}]')
_ESCAPE_SEQUENCE = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_LONG_FORMS = {"n": "\n", "t": "\t"}
_WORDS = {"true": True, "false": False}
_NOT_TEXT = re.compile(rf"[\x00{SURROGATES}]")


class ScalarError(Exception):
    """A key or scalar has no place in the canonical form; its text says why."""


def escape(text: str) -> str:
    """Render what stands between the double quotes.

    Raises:
        ScalarError: NUL or a lone surrogate, which no record can hold.
    """
    return text if _MUST_ESCAPE.search(text) is None else _MUST_ESCAPE.sub(_escape_one, text)


def unescape(body: str) -> str:
    """Read what stands between the double quotes, in its one spelling only.

    Raises:
        ScalarError: the same text has another, canonical spelling, or none at all.
    """
    if "\\" not in body:
        return body
    text = _ESCAPE_SEQUENCE.sub(_unescape_one, body)
    if escape(text) != body:
        raise ScalarError("a character is escaped that must stand raw, or in another way")
    return text


@lru_cache(maxsize=4096)
def emit_key(key: str) -> str:
    """Render a mapping key, plain where every YAML reader takes it for text.

    Raises:
        ScalarError: it is not a line of at most 128 code points.
    """
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
        ScalarError: it is no line, or must be written in another way.
    """
    key = unescape(raw[1:-1]) if raw[0] == '"' else raw
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
        return emit_float(value)
    raise ScalarError(f"a {type(value).__name__} has no canonical form")


def emit_float(value: float) -> str:
    """Render a finite float as Python's repr, with ``.0`` before an ``e`` without a point."""
    if not isfinite(value):
        raise ScalarError("a number is not finite")
    text = repr(float(value))
    if text == "-0.0":
        raise ScalarError("-0.0 has no canonical form; use 0.0")
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}" if mark and "." not in mantissa else text


def read_plain(raw: str) -> bool | float:
    """Read a boolean or number that has the form VALUE_FORM.

    Raises:
        ScalarError: the number is out of range or has another spelling.
    """
    word = _WORDS.get(raw)
    if word is not None:
        return word
    number: float = float(raw) if "." in raw else int(raw)
    if emit_scalar(number) != raw:
        raise ScalarError(f"the number {raw} must be written {emit_scalar(number)}")
    return number


def _escape_one(match: re.Match[str]) -> str:
    character = match[0]
    if _NOT_TEXT.match(character):
        raise ScalarError(f"U+{ord(character):04X} cannot stand in a record")
    return _SHORT_ESCAPES.get(character) or f"\\u{ord(character):04x}"


def _unescape_one(match: re.Match[str]) -> str:
    digits, short = match.groups()
    return chr(int(digits, 16)) if digits else _LONG_FORMS.get(short, short)
