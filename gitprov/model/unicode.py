"""Character classes of the format, written out by code point.

The tables are fixed here, not asked of the running Python, so that two readers with different
Unicode versions judge a text alike. Each constant is the inside of a regular expression's
character class.
"""

from __future__ import annotations

import re
import unicodedata

C0 = r"\x00-\x1f"
DEL_AND_C1 = r"\x7f-\x9f"
FORMATTING = r"\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufffe\uffff"
CONTROLS = C0 + DEL_AND_C1
ESCAPED = CONTROLS + FORMATTING
"""Characters that a canonical string escapes (2.3), besides quote and backslash."""

SURROGATES = r"\ud800-\udfff"

WHITE_SPACE = r"\x09-\x0d\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""The Unicode property White_Space."""

DEFAULT_IGNORABLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The Unicode property Default_Ignorable_Code_Point."""

_INVISIBLE_CATEGORIES = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Mn", "Mc", "Me", "Zs", "Zl", "Zp"},
)
_BLANK_SYMBOL = "\u2800"
_IGNORABLE = f"[{DEFAULT_IGNORABLE}]"  # compiled by re when it is first met
_NONCHARACTER_PLANE_END = 0xFFFE
_PRINTABLE_ASCII = re.compile(r"[!-~]")


def is_visible(character: str) -> bool:
    """Whether a character shows ink of its own.

    Not visible are: separators, controls, format characters, default ignorable ones, private
    use, noncharacters, combining marks without a base, and the blank Braille pattern, which
    Unicode counts as a symbol. A code point that this Python does not know yet counts as
    visible, so that an older reader does not refuse what a newer one wrote.
    """
    return not (
        unicodedata.category(character) in _INVISIBLE_CATEGORIES
        or character == _BLANK_SYMBOL
        or re.match(_IGNORABLE, character)
        or _is_noncharacter(ord(character))
    )


def has_visible(text: str) -> bool:
    """Whether at least one character of the text is visible."""
    return _PRINTABLE_ASCII.search(text) is not None or any(map(is_visible, text))


def is_nfc(text: str) -> bool:
    """Whether the text is in Normalization Form C."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)


def _is_noncharacter(code_point: int) -> bool:
    last_two = code_point & _NONCHARACTER_PLANE_END == _NONCHARACTER_PLANE_END
    return last_two or "\ufdd0" <= chr(code_point) <= "\ufdef"
