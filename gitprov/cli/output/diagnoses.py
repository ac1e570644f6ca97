"""How an examination looks, and how a command ends that made one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.session import Session
from gitprov.model.counting import counted
from gitprov.model.diagnosis import Diagnosis, Health, overall
from gitprov.present.text import safe

_EXITS = {Health.PROBLEM: Exit.NO, Health.UNKNOWN: Exit.UNKNOWN}
_UNCOUNTED = frozenset({Health.GOOD, Health.UNKNOWN})  # "5 ok", not "5 oks"
_COLORS = {
    Health.GOOD: "green",
    Health.NOTE: "blue",
    Health.WARNING: "yellow",
    Health.PROBLEM: "red",
    Health.UNKNOWN: "magenta",
}


def exit_of_health(found: Sequence[Diagnosis]) -> Exit:
    """Tell how an examination ends; warnings may stay."""
    return _EXITS.get(overall(found), Exit.YES)


def diagnosis_lines(session: Session, found: Sequence[Diagnosis]) -> Iterator[str]:
    """Yield the lines of a report, section by section, and the counts."""
    sections = dict.fromkeys(diagnosis.section for diagnosis in found)
    for section in sections:
        yield session.styled(section, "white")
        for diagnosis in found:
            if diagnosis.section == section:
                mark = session.styled(f"{diagnosis.health:8}", _COLORS[diagnosis.health])
                yield f"  {mark} {safe(diagnosis.message)}"
                if diagnosis.remedy is not None:
                    yield f"           do: {safe(diagnosis.remedy)}"
    counts = {health: sum(1 for d in found if d.health is health) for health in Health}
    yield ", ".join(_tally(health, count) for health, count in counts.items() if count)


def _tally(health: Health, count: int) -> str:
    return f"{count} {health}" if health in _UNCOUNTED else counted(count, health)
