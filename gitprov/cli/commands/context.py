"""``gitprov context``."""

from __future__ import annotations

import click

from gitprov.app.context import check as check_run
from gitprov.app.context import compute as compute_now
from gitprov.app.open_ledger import open_ledger
from gitprov.cli.input.options import RUN_ID, Pick, example, json_option, ref_option
from gitprov.cli.output.exit_codes import Exit, exit_of_verdict
from gitprov.cli.output.render import out, print_json, print_result
from gitprov.model.overrides import Overrides
from gitprov.model.run_parts import ContextMethod
from gitprov.present.context import context_lines, context_mapping
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
    computed = compute_now(open_workspace(Overrides()), paths, ContextMethod(method))
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
    checked = check_run(open_ledger(ref), run)
    print_result("context", context_mapping(checked), context_lines(checked), as_json=as_json)
    return exit_of_verdict(checked.verdict)
