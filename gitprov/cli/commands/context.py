"""``gitprov context``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitprov.cli.input.options import RUN_ID, Pick, example, json_option, ref_option
from gitprov.cli.opened import open_ledger
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.render import out, print_json, print_result
from gitprov.codec.records import parse_record
from gitprov.errors import Code, RecordError
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import ContextMethod
from gitprov.service.read.check_context import ContextCheck, InputCheck, check_context
from gitprov.service.read.find_record import find_run
from gitprov.service.write.compute_context import compute_context
from gitprov.wiring.recorded_inputs import RecordedInputs, work_files
from gitprov.wiring.settings import Overrides
from gitprov.wiring.workspace import open_workspace


@click.group(
    "context",
    epilog=example("gitprov context compute docs/SPEC.md", "gitprov context check 01a1c506"),
)
def command() -> None:
    """Compute or check the digest of a run's input.

    The digest covers the input files, the commit that was checked out, or both. Anybody can
    compute it again.
    """


@command.command(
    "compute",
    epilog=example(
        "gitprov context compute docs/SPEC.md src/main.py",
        "gitprov context compute --method git-head",
    ),
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option(
    "--method",
    type=Pick(*ContextMethod),
    default=ContextMethod.COMPOSITE,
    show_default=True,
    help="What the digest covers.",
)
@json_option
def compute(paths: tuple[str, ...], *, method: str, as_json: bool) -> None:
    """Print the digest that a run with these input files would get now."""
    workspace = open_workspace(Overrides())
    files = work_files(workspace)
    computed = compute_context(workspace.code, files, paths, ContextMethod(method))
    if as_json:
        content = {
            "method": computed.method,
            "digest": computed.digest,
            "head_commit": computed.head_commit,
            "dirty": computed.dirty,
            "files": [file.to_mapping() for file in computed.files],
        }
        print_json("context", content)
    else:
        out(computed.digest)


@command.command(
    "check",
    epilog=example("gitprov context check 01a1c506", "gitprov context check 01a1c506 --json"),
)
@click.argument("run", metavar="RUN", type=RUN_ID)
@json_option
@ref_option
def check(run: str, *, as_json: bool, ref: str | None) -> Exit:
    """Compute a run's digest again from the files here.

    Where HEAD has moved on since, what Git has at the recorded commit counts as well.
    Ends with 0 if it comes out the same, 1 if something differs, 3 if something is missing.
    """
    opened = open_ledger(ref)
    file = find_run(opened.reader.view, opened.root, run)
    record = parse_record(opened.reader.view.blob(file.oid), "run")
    if not isinstance(record, RunRecord):
        raise RecordError(Code.SCHEMA, f"{file.path} holds no run", path=file.path)
    checked = check_context(record, RecordedInputs(opened.workspace))
    print_result("context", _mapping(checked), _lines(checked), as_json=as_json)
    return exit_of_verdict(checked.verdict)


def _mapping(checked: ContextCheck) -> dict[str, object]:
    return {
        "run_id": checked.run_id,
        "method": checked.method,
        "recorded": checked.recorded,
        "recomputed": checked.recomputed,
        "head_commit": checked.head_commit,
        "head_now": checked.head_now,
        "verdict": checked.verdict,
        "reasons": checked.reasons,
        "inputs": [_input_mapping(each) for each in checked.inputs],
    }


def _input_mapping(each: InputCheck) -> dict[str, object]:
    return {
        "path": each.path,
        "state": each.state,
        "recorded": each.recorded,
        "found": each.found,
        "in_git": each.in_git,
    }


def _lines(checked: ContextCheck) -> Iterator[str]:
    yield f"run        {checked.run_id}"
    yield f"method     {checked.method}"
    yield f"recorded   {checked.recorded}"
    yield f"now        {checked.recomputed or 'cannot be computed'}"
    moved = "" if checked.head_now == checked.head_commit else f", now {checked.head_now}"
    yield f"commit     {checked.head_commit}{moved}"
    yield from (f"{each.state:10} {each.path}" for each in checked.inputs)
    yield f"verdict    {checked.verdict}"
    yield from (f"           {reason}" for reason in checked.reasons)
