"""A reader of Git's configuration file format that follows no include and runs nothing.

Only what decides how a repository is read is taken from here; the format (sections,
subsections, quoting, continued lines) is that of git-config(1).
"""

from __future__ import annotations

import re

_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\\n]|\\.)*)")?\s*\]')
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_OCTAL = re.compile("0[0-7]{3}")
TRUE = frozenset({"true", "yes", "on", "1"})
_GROUP = frozenset({"group", "true", "yes", "on", "1"})
_WORLD = frozenset({"all", "world", "everybody", "2"})

Settings = dict[str, list[str]]


def parse_config(content: bytes) -> Settings:
    """Return every value by its name ``section.subsection.key``, in order of appearance.

    Section and key are lower case, a key without ``=`` is ``true``. An unreadable part ends
    the parse at that line's end: the rest of the file is still read.
    """
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    settings: Settings = {}
    prefix = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character in " \t\r\n":
            position += 1
        elif character in "#;":
            position = _line_end(text, position)
        elif character == "[":
            prefix, position = _section(text, position)
        else:
            position = _variable(text, position, prefix, settings)
    return settings


def is_true(settings: Settings, name: str) -> bool:
    """Whether the last value of a boolean setting says yes; absent is no."""
    return last(settings, name, "").lower() in TRUE


def last(settings: Settings, name: str, default: str) -> str:
    """Return the last value of a setting, the default if it is absent."""
    return settings.get(name, [default])[-1]


def sharing_bits(value: str) -> int | None:
    """Read core.sharedRepository; None where the umask decides, negative for exact bits."""
    word = value.lower()
    if word in _GROUP:
        return 0o660
    if word in _WORLD:
        return 0o664
    if _OCTAL.fullmatch(word):
        return -(int(word, 8) & 0o666)
    return None


def sharing_word(bits: int) -> str:
    """Return the value of core.sharedRepository that sharing_bits reads as these bits."""
    words = {0o660: "group", 0o664: "all"}
    return words.get(bits, f"0{-bits:o}")


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _section(text: str, position: int) -> tuple[str, int]:
    match = _SECTION.match(text, position)
    if match is None:
        return "", _line_end(text, position)
    section, subsection = match.groups()
    prefix = section.lower() + "."
    if subsection is not None:
        prefix += re.sub(r"\\(.)", r"\1", subsection) + "."
    return prefix, match.end()


def _variable(text: str, position: int, prefix: str, settings: Settings) -> int:
    match = _NAME.match(text, position)
    if match is None:
        return _line_end(text, position)
    position = match.end()
    while text[position : position + 1] in (" ", "\t"):
        position += 1
    value = "true"
    if text[position : position + 1] == "=":
        value, position = _value(text, position + 1)
    elif text[position : position + 1] not in ("", "\r", "\n", "#", ";"):
        return _line_end(text, position)
    if prefix:
        settings.setdefault(prefix + match.group().lower(), []).append(value)
    return position


def _value(text: str, position: int) -> tuple[str, int]:
    parts: list[str] = []
    kept = 0  # length up to the last character that is not a trailing blank
    quoted = False
    while position < len(text) and (character := text[position]) != "\n":
        position += 1
        if character == '"':
            quoted = not quoted
            kept = len(parts)
        elif character == "\\" and position < len(text):
            escaped = text[position]
            position += 1
            if escaped != "\n":
                parts.append(_ESCAPES.get(escaped, escaped))
            kept = len(parts)
        elif character in "#;" and not quoted:
            return "".join(parts[:kept]), _line_end(text, position)
        elif quoted or character not in " \t\r":
            parts.append(character)
            kept = len(parts)
        elif parts:
            parts.append(character)
    return "".join(parts[:kept]), position
