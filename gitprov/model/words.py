"""Words for messages: counted things, and the known word that a misspelt one resembles."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 200


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word closest to this one, in any case; None if none is close.

    Args:
        word: what was written.
        known: the right words.
        cutoff: how alike two words must be, 0 to 1.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only misspelt words need it

    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word[:_LONGEST].strip().casefold(), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` with its leading space, or nothing."""
    found = closest(word, known)
    return "" if found is None else f" Did you mean {found!r}?"


_VOWELS = "aeiou"


def counted(number: int, thing: str) -> str:
    """Say how many there are: ``1 entry``, ``2 entries``, ``0 keys``.

    Args:
        thing: the name of one; what it is told by goes before it (``new entry``).
    """
    if number == 1:
        return f"1 {thing}"
    if thing.endswith("y") and thing[-2:-1] not in _VOWELS:
        return f"{number} {thing[:-1]}ies"
    return f"{number} {thing}s"
