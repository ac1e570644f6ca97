"""``gitprov log``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import click

from gitprov.app.log import ListedLog, LogFilters, log, typed_paths
from gitprov.app.open_ledger import OpenedLedger, open_ledger
from gitprov.app.record import alarm_of, waiting_alarm
from gitprov.cli.input.options import (
    REVISION,
    TIME,
    KeyValue,
    Pick,
    Word,
    example,
    json_option,
    jsonl_option,
    ref_option,
)
from gitprov.cli.output.log_table import print_pages
from gitprov.cli.output.render import print_json, print_jsonl, tell, warn
from gitprov.cli.output.sheet import print_csv, print_markdown
from gitprov.errors import UsageError
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.mutation import ActorKind
from gitprov.model.overrides import Overrides
from gitprov.model.run_parts import RunStatus
from gitprov.model.time_text import FORMS
from gitprov.present.log import columns_of, hidden_text, log_mapping, short_cells, whole_cells

_FORMATS = ("json", "jsonl", "csv", "markdown")


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what to list."""
    several: dict[str, Any] = {"multiple": True}
    options = (
        click.option("--agent", type=Word("a glob"), metavar="GLOB", help="Agent's name."),
        click.option("--status", "statuses", type=Pick(*RunStatus), **several, help="Run status."),
        click.option("--actor", "actors", type=Pick(*ActorKind), **several, help="Who acted."),
        click.option("--since", type=TIME, metavar="T", help=f"Went on at T or later: {FORMS}."),
        click.option("--until", type=TIME, metavar="T", help="Had begun by T."),
        click.option(
            "--input",
            "inputs",
            type=Word("a path"),
            **several,
            metavar="PATH",
            help="Read this file, a file in this folder, or one that fits this glob.",
        ),
        click.option(
            "--output", "outputs", type=Word("a path"), **several, metavar="PATH", help="Wrote it."
        ),
        click.option("--commit", type=REVISION, metavar="REV", help="Made this code commit."),
        click.option("--job", type=Word("a job id"), metavar="UUID", help="Job id."),
        click.option(
            "--signer",
            type=Word("a signer"),
            metavar="NAME",
            help="Signer's name (a glob), or eight or more digits of a fingerprint.",
        ),
        click.option("--label", "labels", type=KeyValue(), **several, help="Has this label."),
        click.option("--grep", metavar="TEXT", help="Holds this text, in any case."),
        click.option("-n", "limit", type=click.IntRange(min=0), metavar="N", help="At most N."),
        click.option(
            "--kind",
            type=Pick(*RECORD_KINDS),
            default="run",
            show_default=True,
            metavar="KIND",
            help="List records of this kind.",
        ),
        click.option(
            "--all", "with_hidden", is_flag=True, help="Also what is disputed or withdrawn."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command(
    "log",
    epilog=example(
        "gitprov log -n 10",
        "gitprov log --agent '4_*' --status FAILED --since '2d ago'",
        "gitprov log --output docs/REPORT.md --jsonl",
        "gitprov log --commit HEAD --markdown",
    ),
)
@_filters
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a table in Markdown.")
@json_option
@jsonl_option
@ref_option
def command(
    *,
    ref: str | None,
    as_json: bool,
    as_jsonl: bool,
    as_csv: bool,
    as_markdown: bool,
    **filters: Any,
) -> None:
    """List runs, newest first.

    Shown are current values: amendments are applied and marked. Runs that were withdrawn, and
    runs signed by a key that is revoked, are left out and counted. Nothing is verified here.
    """
    chosen = [
        n for n, on in zip(_FORMATS, (as_json, as_jsonl, as_csv, as_markdown), strict=True) if on
    ]
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other")
    try:
        opened = open_ledger(ref)
    except UsageError:
        _alarm(alarm_of(Overrides(ref=ref)))
        raise
    listed = log(opened, _asked(opened, filters))
    _print(chosen[0] if chosen else "table", listed)
    unlisted = listed.search.unlisted
    hidden = hidden_text(unlisted)
    if hidden and not as_json:
        tell(hidden)
    if unlisted.unreadable and not as_json:
        warn(f"unreadable entries or records: {unlisted.unreadable}; run gitprov verify")
    _alarm(waiting_alarm(opened.workspace))


def _alarm(alarm: str | None) -> None:
    if alarm is not None:
        warn(alarm)


def _asked(opened: OpenedLedger, filters: dict[str, Any]) -> LogFilters:
    return LogFilters(
        kind=filters["kind"],
        agent=filters["agent"],
        status=filters["statuses"],
        actor=filters["actors"],
        since=filters["since"],
        until=filters["until"],
        input=typed_paths(opened.workspace, filters["inputs"]),
        output=typed_paths(opened.workspace, filters["outputs"]),
        commit=filters["commit"],
        job=filters["job"],
        signer=filters["signer"],
        labels=filters["labels"],
        grep=filters["grep"],
        limit=filters["limit"],
        with_hidden=filters["with_hidden"],
    )


def _print(form: str, listed: ListedLog) -> None:
    search = listed.search
    columns = columns_of(search.query.kind)
    if form == "json":
        name = "runs" if search.query.kind == "run" else "records"
        records = [log_mapping(logged) for logged in search]
        print_json("log", {name: records, "unlisted": search.unlisted})
    elif form == "jsonl":
        print_jsonl("log", map(log_mapping, search))
    elif form == "table":
        cells = (short_cells(logged, listed.shorten) for logged in search)
        first = next(cells, None)
        if first is None:
            tell(f"no {search.query.kind} to show")
        else:
            print_pages(columns, chain([first], cells))
    else:
        rows = ([whole_cells(logged)[name] for name in columns] for logged in search)
        (print_csv if form == "csv" else print_markdown)(columns, rows)
