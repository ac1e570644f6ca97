"""The diagnoses of a doctor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How something is; a warning may stay, a problem must be solved."""

    GOOD = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at.

    Args:
        section: what it belongs to: keys, spool, ...
        message: what was found, in one sentence.
        remedy: what to do about it, a command where there is one; None if nothing is to be done.
    """

    section: str
    health: Health
    message: str
    remedy: str | None = None


def overall(diagnoses: Iterable[Diagnosis]) -> Health:
    """Problem if there is any, else unknown if anything is, else good."""
    found = {diagnosis.health for diagnosis in diagnoses}
    return next((h for h in (Health.PROBLEM, Health.UNKNOWN) if h in found), Health.GOOD)
