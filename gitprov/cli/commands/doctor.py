"""``gitprov doctor``."""

from __future__ import annotations

import click

from gitprov.app.doctor import fix, run_doctor
from gitprov.cli.input.options import example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import out, print_json, tell
from gitprov.cli.output.session import Session, pass_session
from gitprov.model.diagnosis import Health, overall
from gitprov.model.overrides import Overrides
from gitprov.present.doctor import doctor_lines, doctor_mapping
from gitprov.present.text import safe

_BY_HEALTH = {Health.PROBLEM: Exit.NO, Health.UNKNOWN: Exit.UNKNOWN}


@click.command(
    "doctor",
    epilog=example(
        "gitprov doctor", "gitprov doctor --json", "gitprov doctor --fix", "gitprov doctor --probe"
    ),
)
@click.option(
    "--probe", is_flag=True, help="Push to a forbidden name, which the remote has to refuse."
)
@click.option(
    "--fix",
    "is_fixed",
    is_flag=True,
    help="Narrow refspecs of git fetch that would overwrite the ledger, then look.",
)
@json_option
@ref_option
@pass_session
def command(
    session: Session, *, probe: bool, is_fixed: bool, as_json: bool, ref: str | None
) -> Exit:
    """Find everything that could be wrong here, each with its remedy.

    Looks at versions, repository, file system, git's settings, locks, spool, keys, clock and
    notes. Ends with 0 if there is no problem, 1 if there is one, 3 if something could not be
    found out. Warnings may stay. It is not a verification of the ledger. No network is used
    but by --probe, which shows whether the accepting remote has the hook.
    """
    for line in fix(Overrides(ref=ref)) if is_fixed else ():
        tell(safe(line))
    found = run_doctor(Overrides(ref=ref), probe=probe)
    if as_json:
        print_json("doctor", doctor_mapping(found))
    else:
        for line in doctor_lines(found, session.styled):
            out(line)
    return exit_of_health(overall(found))


def exit_of_health(health: Health) -> Exit:
    """Tell how a doctor ends; warnings may stay."""
    return _BY_HEALTH.get(health, Exit.YES)
