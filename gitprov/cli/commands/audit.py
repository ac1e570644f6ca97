"""``gitprov audit``."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

import click

from gitprov.app.audit import audit_lines, check_audit, prune_audit
from gitprov.app.checkpoint import audit_head_of
from gitprov.cli.input.options import example, json_option, jsonl_option
from gitprov.cli.output.exit_codes import Exit
from gitprov.cli.output.render import (
    out,
    print_json,
    print_jsonl,
    print_result,
    print_table,
)
from gitprov.model.overrides import Overrides
from gitprov.present.audit import audit_line, report_lines, report_mapping
from gitprov.wiring.workspace import open_workspace


@click.group(
    "audit",
    epilog=example("gitprov audit show -n 5", "gitprov audit check", "gitprov audit prune"),
)
def command() -> None:
    """Show, check or prune the audit log of this repository.

    It notes refusals, signatures and recoveries, each line chained to the one before. A
    checkpoint signs its last line along.
    """


@command.command("show", epilog=example("gitprov audit show", "gitprov audit show --action refuse"))
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="The newest N lines.")
@click.option("--action", metavar="A", help="Lines of one action, such as refuse.")
@json_option
@jsonl_option
def show(*, count: int | None, action: str | None, as_json: bool, as_jsonl: bool) -> None:
    """Print the lines of the log, oldest first."""
    workspace = open_workspace(Overrides())
    lines = list(deque(audit_lines(workspace, action), count))
    if as_jsonl:
        print_jsonl("audit", lines)
    elif as_json:
        print_json("audit", {"lines": lines})
    else:
        print_table(("TIME", "ACTOR", "ACTION", "ABOUT"), [audit_line(line) for line in lines])


@command.command("check", epilog=example("gitprov audit check", "gitprov audit check --json"))
@click.option(
    "--checkpoint",
    "files",
    type=click.File("rb"),
    multiple=True,
    metavar="FILE",
    help="A checkpoint of this repository; its head must be in the log.",
)
@json_option
def check(files: tuple[BinaryIO, ...], *, as_json: bool) -> Exit:
    """Check that no line was edited, removed or cut; otherwise the exit code is 1.

    Heads that checkpoints of this repository have signed must be there.
    """
    heads = [head for file in files if (head := audit_head_of(file)) is not None]
    report = check_audit(open_workspace(Overrides()), heads)
    print_result("audit", report_mapping(report), report_lines(report), as_json=as_json)
    return Exit.NO if report.problems else Exit.YES


@command.command("prune", epilog=example("gitprov audit prune"))
@json_option
def prune(*, as_json: bool) -> None:
    """Remove full files older than gitprov.auditKeep days; a line names what they held.

    By default the log is kept for ever. Fewer than 180 days are refused.
    """
    removed = prune_audit(open_workspace(Overrides()))
    if as_json:
        print_json("audit", {"removed": removed})
    else:
        out("".join(f"removed {name}\n" for name in removed).rstrip() or "nothing is old enough")
