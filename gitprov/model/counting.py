"""How many of something, in words."""

from __future__ import annotations

_VOWELS = "aeiou"


def counted(number: int, thing: str) -> str:
    """Say how many there are: ``1 entry``, ``2 entries``, ``0 keys``.

    Args:
        number: how many.
        thing: the name of one; what it is told by goes before it (``new entry``).
    """
    if number == 1:
        return f"1 {thing}"
    if thing.endswith("y") and thing[-2:-1] not in _VOWELS:
        return f"{number} {thing[:-1]}ies"
    return f"{number} {thing}s"
