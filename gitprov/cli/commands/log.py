"""``gitprov log``."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import Any

import click

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
from gitprov.cli.opened import OpenedLedger, open_ledger
from gitprov.cli.output.log_table import print_pages
from gitprov.cli.output.render import print_json, print_jsonl, tell, warn
from gitprov.cli.output.sheet import print_csv, print_markdown
from gitprov.codec.time_text import FORMS, parse_time_text
from gitprov.errors import UsageError
from gitprov.model.ids import RECORD_KINDS
from gitprov.model.mutation import ActorKind
from gitprov.model.run_parts import RunStatus
from gitprov.present.log_rows import columns_of, log_mapping, short_cells, whole_cells
from gitprov.service.read.log_filters import CommitFilter, LogQuery
from gitprov.service.read.query_log import LogSearch, Unlisted
from gitprov.service.read.short_ids import ShortIds
from gitprov.wiring.recorded_inputs import work_files
from gitprov.wiring.workspace import Workspace

_OBJECT_ID = re.compile(r"[0-9a-f]{4,40}")
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
    opened = open_ledger(ref)
    query = _query(opened.workspace, filters)
    search = LogSearch(opened.reader, opened.tip, query)
    _print(chosen[0] if chosen else "table", opened, search)
    if not as_json:
        _tell_unlisted(search.unlisted)


def _query(workspace: Workspace, filters: dict[str, Any]) -> LogQuery:
    now_ms = workspace.clock.now_ms()
    files = work_files(workspace)
    since, until, commit, job = (filters[name] for name in ("since", "until", "commit", "job"))
    return LogQuery(
        kind=filters["kind"],
        agent=filters["agent"],
        statuses=frozenset(filters["statuses"]),
        actors=frozenset(filters["actors"]),
        since=None if since is None else parse_time_text(since, now_ms),
        until=None if until is None else parse_time_text(until, now_ms),
        inputs=tuple(map(files.relative, filters["inputs"])),
        outputs=tuple(map(files.relative, filters["outputs"])),
        commit=None if commit is None else _commit_filter(workspace, commit),
        job=None if job is None else job.lower(),
        signer=filters["signer"],
        labels=tuple(filters["labels"]),
        grep=filters["grep"],
        limit=filters["limit"],
        with_hidden=filters["with_hidden"],
    )


def _commit_filter(workspace: Workspace, rev: str) -> CommitFilter:
    try:
        found = workspace.code.resolve_commit(rev)
    except UsageError:
        if _OBJECT_ID.fullmatch(rev):
            return CommitFilter(rev)  # a commit that this repository does not have
        raise
    return CommitFilter(found.commit, found.tree, found.patch_id, workspace.code.has_commit)


def _print(form: str, opened: OpenedLedger, search: LogSearch) -> None:
    columns = columns_of(search.query.kind)
    if form == "json":
        name = "runs" if search.query.kind == "run" else "records"
        listed = [log_mapping(logged) for logged in search]
        print_json("log", {name: listed, "unlisted": search.unlisted})
    elif form == "jsonl":
        print_jsonl("log", map(log_mapping, search))
    elif form == "table":
        shorten = ShortIds(opened.reader.view, opened.root).shorten
        cells = (short_cells(logged, shorten) for logged in search)
        first = next(cells, None)
        if first is None:
            tell(f"no {search.query.kind} to show")
        else:
            print_pages(columns, chain([first], cells))
    else:
        rows = ([whole_cells(logged)[name] for name in columns] for logged in search)
        (print_csv if form == "csv" else print_markdown)(columns, rows)


def _tell_unlisted(unlisted: Unlisted) -> None:
    counts = {"withdrawn": unlisted.withdrawn, "disputed": unlisted.disputed}
    hidden = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if hidden:
        tell(f"not shown: {hidden}; --all shows them")
    if unlisted.unreadable:
        warn(f"unreadable entries or records: {unlisted.unreadable}; run gitprov verify")
