"""``gitprov server install``."""

from __future__ import annotations

from pathlib import Path

import click

from gitprov.app.server_install import USUAL_NAME, InstallOptions
from gitprov.app.server_install import install as put_in
from gitprov.app.server_install import uninstall as take_out
from gitprov.cli.input.options import (
    OBJECT_ID,
    Pick,
    Word,
    example,
    json_option,
    ref_option,
)
from gitprov.cli.output.render import print_result
from gitprov.model.server_hook import ServerKind
from gitprov.present.server_install import by_hand, install_lines, install_mapping


@click.command(
    "install",
    epilog=example(
        "gitprov server install /srv/git/project.git",
        "gitprov server install /srv/git/project.git --dry-run",
        "gitprov server install /srv/git/project.git --uninstall",
    ),
)
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=Pick(*ServerKind),
    default=ServerKind.BARE.value,
    show_default=True,
    help="What serves the repository.",
)
@click.option(
    "--genesis",
    type=OBJECT_ID,
    metavar="OID",
    help="The first entry that the ledger must have; else that of the ledger there.",
)
@click.option(
    "--name",
    type=Word("a name"),
    default=USUAL_NAME,
    metavar="NAME",
    help="With --kind gitolite: the hook's name, one for each ledger that is pinned.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--uninstall", is_flag=True, help="Restore what was there before.")
@json_option
@ref_option
def install(
    path: Path,
    *,
    kind: str,
    genesis: str | None,
    name: str,
    dry_run: bool,
    uninstall: bool,
    as_json: bool,
    ref: str | None,
) -> None:
    """Put the hook that guards the ledger into the repository at PATH.

    An existing pre-receive hook keeps working: both run, and either may refuse a push.
    Beside it goes post-receive, which notes what has landed, unless there is another one.
    To do it again changes nothing. With --kind gitolite PATH is the folder LOCAL_CODE; a
    GitHub Enterprise Server has no place to write to, so the steps are printed.
    """
    options = InstallOptions(path, ServerKind(kind), genesis, ref, dry_run, name)
    if name != USUAL_NAME and options.kind is not ServerKind.GITOLITE:
        raise click.UsageError("--name is for --kind gitolite")
    if options.kind is ServerKind.GHES:
        steps = by_hand(genesis, ref)
        print_result("server-install", {"kind": kind, "by_hand": steps}, steps, as_json=as_json)
        return
    done = take_out(options) if uninstall else put_in(options)
    lines = install_lines(done, options, uninstall=uninstall)
    print_result(
        "server-install", install_mapping(done, options), lines, as_json=as_json, is_done=True
    )
