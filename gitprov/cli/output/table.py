"""Plain tables that fit a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import accumulate

_GAP = "  "
_CUT = "..."
_NARROWEST = 8


def table_lines(
    headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None
) -> list[str]:
    """Lay out columns, left-aligned; the last one is not padded.

    Args:
        headers: one word per column.
        rows: cells without control characters.
        width: columns of the terminal; the widest cells are cut to fit. None: never cut.
    """
    lines = [list(headers), *(list(row) for row in rows)]
    widths = [max(map(text_width, column)) for column in zip(*lines, strict=True)]
    if width is not None:
        widths = _fit(widths, width - len(_GAP) * (len(widths) - 1))
    return [
        _GAP.join(_cell(text, size) for text, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def text_width(text: str) -> int:
    """Columns that a text takes: wide letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def cut(text: str, width: int) -> str:
    """Shorten a text to a number of columns; a cut shows as ``...``."""
    if text_width(text) <= width:
        return text
    room = max(width - len(_CUT), 0)
    widths = accumulate(map(_character_width, text))
    return text[: sum(1 for reached in widths if reached <= room)] + _CUT[:width]


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fit(widths: list[int], room: int) -> list[int]:
    """Take from the widest column until all fit, but leave each a few columns."""
    fitted = list(widths)
    while sum(fitted) > room:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        if fitted[widest] <= _NARROWEST:
            break
        fitted[widest] -= 1
    return fitted


def _cell(text: str, width: int) -> str:
    shown = cut(text, width)
    return shown + " " * (width - text_width(shown))
