"""``gitprov verify``."""

from __future__ import annotations

from typing import BinaryIO

import click

from gitprov.app.record import alarm_of
from gitprov.app.verify import VerifyOptions, verify_with_checkpoints
from gitprov.cli.input.options import OBJECT_ID, REMOTE, Pick, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.progress import progress_bar
from gitprov.cli.output.render import out, print_json, warn
from gitprov.cli.output.session import Session, pass_session
from gitprov.model.overrides import Overrides
from gitprov.present.verify import report_lines, report_mapping


@click.command(
    "verify",
    epilog=example(
        "gitprov verify",
        "gitprov verify --checkpoint ../checkpoint.txt --json",
        "gitprov verify --engine gpg --jobs 2",
    ),
)
@click.option(
    "--remote", type=REMOTE, metavar="NAME", help="Verify what this remote has; nothing is moved."
)
@click.option(
    "--genesis", type=OBJECT_ID, metavar="OID", help="The genesis that this ledger must have."
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.File("rb"),
    multiple=True,
    metavar="FILE",
    help="A checkpoint that this ledger must still contain.",
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    metavar="HEIGHT",
    help="Judge only entries accepted above this height.",
)
@click.option("--engine", type=Pick("sequoia", "gpg"), help="What checks the signatures.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes.")
@ref_option
@json_option
@pass_session
def command(
    session: Session,
    *,
    remote: str | None,
    genesis: str | None,
    checkpoints: tuple[BinaryIO, ...],
    since: int | None,
    engine: str | None,
    jobs: int | None,
    ref: str | None,
    as_json: bool,
) -> Exit:
    """Verify the whole ledger offline: every entry, signature, record and rule.

    With --remote the ledger of that remote is fetched and verified instead, and compared with
    what was seen there before; whether this ledger is behind or ahead of it is only said.

    Prints one line for each finding and a summary. Ends with 0 if all is well, 1 if something
    is bad, 3 if something could not be found out.
    """
    options = VerifyOptions(genesis=genesis, since=since, jobs=jobs, remote=remote)
    with progress_bar("verifying") as progress:
        overrides = Overrides(ref=ref, engine=engine)
        report = verify_with_checkpoints(overrides, options, checkpoints, progress)
    if as_json:
        print_json("verify", report_mapping(report))
    else:
        for line in report_lines(report, since, session.styled):
            out(line)
    alarm = alarm_of(overrides)
    if alarm is not None:
        warn(alarm)
    return exit_of_verdict(report.verdict)
