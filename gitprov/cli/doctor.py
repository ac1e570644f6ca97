"""``gitprov doctor``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from gitprov.bootstrap.examination import examine
from gitprov.bootstrap.settings import Overrides
from gitprov.cli.exit_codes import Exit
from gitprov.cli.options import example, json_option, ref_option
from gitprov.cli.render import out, print_json, safe
from gitprov.cli.session import Session, pass_session
from gitprov.model.diagnosis import Diagnosis, Health, overall

_EXITS = {Health.PROBLEM: Exit.NO, Health.UNKNOWN: Exit.UNKNOWN}
_COLORS = {
    Health.GOOD: "green",
    Health.NOTE: "blue",
    Health.WARNING: "yellow",
    Health.PROBLEM: "red",
    Health.UNKNOWN: "magenta",
}


@click.command("doctor", epilog=example("gitprov doctor", "gitprov doctor --json"))
@json_option
@ref_option
@pass_session
def command(session: Session, *, as_json: bool, ref: str | None) -> Exit:
    """Find everything that could be wrong here, each with its remedy.

    Looks at versions, repository, file system, git's settings, locks, spool, keys, clock and
    notes. Ends with 0 if there is no problem, 1 if there is one, 3 if something could not be
    found out. Warnings may stay. It is no verification of the ledger.
    """
    found = examine(Overrides(ref=ref))
    worst = overall(found)
    if as_json:
        print_json("doctor", {"health": worst, "checks": found})
    else:
        for line in _lines(session, found):
            out(line)
    return _EXITS.get(worst, Exit.YES)


def _lines(session: Session, found: Sequence[Diagnosis]) -> Iterator[str]:
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
    named = (f"{count} {health}" for health, count in counts.items() if count)
    yield ", ".join(named)
