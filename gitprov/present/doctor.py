"""The report of a doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gitprov.model.diagnosis import Diagnosis, Health, overall
from gitprov.model.words import counted
from gitprov.present.text import safe

_UNCOUNTED = frozenset({Health.GOOD, Health.UNKNOWN})  # "5 ok", not "5 oks"
_COLORS = {
    Health.GOOD: "green",
    Health.NOTE: "blue",
    Health.WARNING: "yellow",
    Health.PROBLEM: "red",
    Health.UNKNOWN: "magenta",
}


def doctor_mapping(found: Sequence[Diagnosis]) -> dict[str, object]:
    """Render the report of a doctor for JSON."""
    return {"health": overall(found), "checks": found}


def doctor_lines(found: Sequence[Diagnosis], styled: Callable[[str, str], str]) -> Iterator[str]:
    """Render the report of a doctor for people: its sections, then the counts.

    Args:
        found: in the order of the checks.
        styled: gives a text a colour, or leaves it as it is.
    """
    sections = dict.fromkeys(diagnosis.section for diagnosis in found)
    for section in sections:
        yield styled(section, "white")
        for diagnosis in found:
            if diagnosis.section == section:
                mark = styled(f"{diagnosis.health:8}", _COLORS[diagnosis.health])
                yield f"  {mark} {safe(diagnosis.message)}"
                if diagnosis.remedy is not None:
                    yield f"           fix: {safe(diagnosis.remedy)}"
    counts = {health: sum(1 for d in found if d.health is health) for health in Health}
    yield ", ".join(_tally(health, count) for health, count in counts.items() if count)


def _tally(health: Health, count: int) -> str:
    return f"{count} {health}" if health in _UNCOUNTED else counted(count, health)
