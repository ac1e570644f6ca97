"""``gitprov server pre-receive``."""

from __future__ import annotations

import sys

import click

from gitprov.app.server_pre_receive import KINDS, HookArguments, open_push_hook
from gitprov.cli.input.options import OBJECT_ID, REF, Pick, example
from gitprov.cli.output.exit_codes import Exit
from gitprov.model.refs import LEDGER_REF
from gitprov.present.push_refusal import printed, refusal_lines


@click.command(
    "pre-receive",
    epilog=example("gitprov server pre-receive --genesis 2685ab48da7a9e09c5a917872e8589f971846dca"),
)
@click.option("--ref", type=REF, default=LEDGER_REF, show_default=True, help="The ledger's ref.")
@click.option(
    "--genesis", type=OBJECT_ID, metavar="OID", help="The first entry that the ledger must have."
)
@click.option(
    "--kind", type=Pick(*KINDS), default="bare", show_default=True, help="What runs the hook."
)
def pre_receive(*, ref: str, genesis: str | None, kind: str) -> Exit:
    """Judge the push that git describes on standard input, as a pre-receive hook of your own.

    It is the judge of the hook that `gitprov server install` puts in place, for servers whose
    hooks are programs. Run it in the environment that git gives a hook, and refuse the push
    whenever it does not end with 0. It ends with 1 if the push breaks a rule.
    """
    hook = open_push_hook()
    verdict = hook.judge(HookArguments(ref, genesis, kind), sys.stdin.buffer)
    for line in refusal_lines(verdict.refs) if verdict.is_refused else ():
        sys.stderr.write(printed(line, for_gitlab=hook.is_for_gitlab(kind)) + "\n")
    return Exit.NO if verdict.is_refused else Exit.YES
