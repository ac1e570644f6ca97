"""``gitprov server doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from gitprov.app.server_doctor import run_server_doctor
from gitprov.cli.commands.doctor import exit_of_health
from gitprov.cli.input.options import OBJECT_ID, Pick, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import out, print_json
from gitprov.cli.output.session import Session, pass_session
from gitprov.model.diagnosis import overall
from gitprov.model.server_hook import ServerKind
from gitprov.present.doctor import doctor_lines, doctor_mapping


@click.command(
    "doctor",
    epilog=example(
        "gitprov server doctor /srv/git/project.git",
        "gitprov server doctor /srv/git/project.git --json",
    ),
)
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--genesis", type=OBJECT_ID, metavar="OID", help="The genesis that you know the ledger by."
)
@click.option(
    "--kind", type=Pick(*ServerKind), help="What serves the repository, for what only it can do."
)
@json_option
@ref_option
@pass_session
def doctor(
    session: Session,
    path: Path,
    *,
    genesis: str | None,
    kind: str | None,
    as_json: bool,
    ref: str | None,
) -> Exit:
    """Prove that the repository at PATH guards its ledger.

    Makes a scratch copy with that hook and pushes at it with plain git: a forged rewrite, a
    deletion and an unsigned entry, which must be refused by code. Looks also at all that
    lets git pass a hook over. The repository itself is only read. Ends with 0 if the ledger
    is guarded, 1 if it is not, 3 if that could not be found out.
    """
    found = run_server_doctor(path, genesis, ref, None if kind is None else ServerKind(kind))
    if as_json:
        print_json("server-doctor", doctor_mapping(found))
    else:
        for line in doctor_lines(found, session.styled):
            out(line)
    return exit_of_health(overall(found))
