"""Globs of the policy: ``*`` any characters, ``?`` one, all else literal, case-sensitive."""

from __future__ import annotations

from functools import lru_cache


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, in time linear in pattern times text.

    A mismatch goes back to the last star only, never further, so no pattern can make it slow.
    """
    at = star = 0
    restart = -1
    p = 0
    while at < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, restart = p, at
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", text[at]):
            p += 1
            at += 1
        elif restart >= 0:
            restart += 1
            p, at = star + 1, restart
        else:
            return False
    return pattern[p:].strip("*") == ""


@lru_cache(maxsize=1_024)
def any_glob_matches(patterns: tuple[str, ...], text: str) -> bool:
    """Whether at least one pattern matches; no pattern, no match.

    Remembered: a ledger has few signers and agents, and many records of each.
    """
    return any(glob_matches(pattern, text) for pattern in patterns)
