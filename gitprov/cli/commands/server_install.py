"""``gitprov server install``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from gitprov.app.server_install import Installed, InstallOptions
from gitprov.app.server_install import install as put_in
from gitprov.app.server_install import uninstall as take_out
from gitprov.cli.input.options import OBJECT_ID, Pick, example, json_option, ref_option
from gitprov.cli.output.render import print_result
from gitprov.model.server_hook import HookAction, HookChange, ServerKind
from gitprov.present.server_guides import after_install, by_hand

_PAST = {
    HookAction.MAKE_FOLDER: "made folder",
    HookAction.WRITE: "wrote",
    HookAction.KEEP: "kept as",
    HookAction.RESTORE: "restored",
    HookAction.REMOVE: "removed",
    HookAction.REMOVE_FOLDER: "removed folder if empty",
}


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
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--uninstall", is_flag=True, help="Restore what was there before.")
@json_option
@ref_option
def install(
    path: Path,
    *,
    kind: str,
    genesis: str | None,
    dry_run: bool,
    uninstall: bool,
    as_json: bool,
    ref: str | None,
) -> None:
    """Put the hook that guards the ledger into the repository at PATH.

    A pre-receive hook that is there keeps working: both run, and either may refuse a push.
    To do it again changes nothing. With --kind gitolite PATH is the folder LOCAL_CODE; a
    GitHub Enterprise Server has no place to write to, so the steps are printed.
    """
    options = InstallOptions(path, ServerKind(kind), genesis, ref, dry_run)
    if options.kind is ServerKind.GHES:
        steps = by_hand(genesis, ref)
        print_result("server-install", {"kind": kind, "by_hand": steps}, steps, as_json=as_json)
        return
    done = take_out(options) if uninstall else put_in(options)
    lines = _lines(done, options, uninstall=uninstall)
    print_result("server-install", _mapping(done, options), lines, as_json=as_json)


def _mapping(done: Installed, options: InstallOptions) -> dict[str, object]:
    hook = None if done.settings is None else dict(done.settings.values())
    steps = [_step(step) for step in done.steps]
    return {"kind": options.kind, "dry_run": options.dry_run, "hook": hook, "steps": steps}


def _step(step: HookChange) -> dict[str, object]:
    source = None if step.source is None else str(step.source)
    return {"action": step.action, "path": str(step.path), "source": source}


def _lines(done: Installed, options: InstallOptions, *, uninstall: bool) -> list[str]:
    lines = [f"would {step.line()}" if options.dry_run else _done(step) for step in done.steps]
    if not lines:
        lines = ["no hook of gitprov is there" if uninstall else "the hook is there already"]
    if done.settings is not None:
        lines += _summary(done, options)
        lines += after_install(options.kind, str(options.path))
    return lines


def _done(step: HookChange) -> str:
    return step.line().replace(step.action, _PAST[step.action], 1)


def _summary(done: Installed, options: InstallOptions) -> Iterator[str]:
    if done.settings is None:
        return
    yield f"it guards {done.settings.ref} with {done.settings.python}"
    if done.settings.genesis:
        origin = "; compare it with what an owner tells you" if done.has_ledger else ""
        yield f"the ledger begins with {done.settings.genesis}{origin}"
    else:
        yield "no genesis is pinned: whoever pushes first decides which ledger this is"
        yield f"  pin it: gitprov server install {options.path} --genesis OID"
