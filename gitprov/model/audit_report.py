"""The result of checking the audit log (6.5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of checking the log; ``problems`` is empty if nothing was changed.

    Args:
        lines: how many there are in all files.
        head: SHA-256 of the last line, START if there is none.
        problems: one sentence each, with file and line.
    """

    lines: int
    head: str
    problems: tuple[str, ...]
