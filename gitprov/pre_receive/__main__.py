"""``python -I -m gitprov.pre_receive``: judges the push that Git describes on standard input.

Exit code 0 lets the push in, 10 refuses it; anything else is a fault, and refuses it too. With
``--landed`` it runs after the push, and notes which tips have landed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence

from gitprov.app.server_pre_receive import KINDS, HookArguments, open_push_hook
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.model.refs import LEDGER_REF
from gitprov.present.push_refusal import printed, refusal_lines

ACCEPTED = 0
REFUSED = 10
_GENESIS = re.compile("[0-9a-f]{40}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge one push; return the exit code.

    Args:
        arguments: those of the command line if absent.
    """
    hook = open_push_hook()
    for_gitlab = hook.is_for_gitlab()
    try:
        settings = _settings(arguments)
        for_gitlab = hook.is_for_gitlab(settings.kind)
        if settings.is_companion:
            hook.note_landed(settings, sys.stdin.buffer)
            return ACCEPTED
        verdict = hook.judge(settings, sys.stdin.buffer)
    except GitprovError as reason:
        _say([str(reason).replace("\n", " ")], for_gitlab=for_gitlab)
        return REFUSED
    except Exception as reason:  # noqa: BLE001 - whatever it is, the push is refused with a code
        _say(
            [f"{Code.INTERNAL}: this is a bug ({type(reason).__name__}: {reason})"],
            for_gitlab=for_gitlab,
        )
        return REFUSED
    if verdict.is_refused:
        _say(refusal_lines(verdict.refs), for_gitlab=for_gitlab)
        return REFUSED
    return ACCEPTED


def _settings(arguments: Sequence[str] | None) -> HookArguments:
    parser = argparse.ArgumentParser(prog="gitprov.pre_receive", description="Judge one push.")
    parser.add_argument("--ref", default=LEDGER_REF)
    parser.add_argument("--genesis", default="")
    parser.add_argument("--kind", choices=KINDS, default="bare")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--landed", action="store_true", help="after the push: note what landed")
    found = parser.parse_args(arguments)
    if found.genesis and not _GENESIS.fullmatch(found.genesis):
        raise StorageError(
            Code.INTERNAL, "the hook's setting genesis= is not an object id of 40 hex"
        )
    genesis = found.genesis or None
    return HookArguments(found.ref, genesis, found.kind, found.seconds, is_companion=found.landed)


def _say(lines: Iterable[str], *, for_gitlab: bool) -> None:
    for line in lines:
        sys.stderr.write(printed(line, for_gitlab=for_gitlab) + "\n")


if __name__ == "__main__":
    sys.exit(main())
