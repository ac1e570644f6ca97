"""The flag ``--push`` of commands that record."""

from __future__ import annotations

from collections.abc import Sequence

import click

ALONE = "--push=background"


class Pushing(click.Command):
    """A command whose ``--push`` may be alone or with ``=wait``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give a ``--push`` that stands alone its value, so that it takes no other argument."""
        return super().parse_args(ctx, _with_value(args))


def _with_value(args: Sequence[str]) -> list[str]:
    end = args.index("--") if "--" in args else len(args)
    return [ALONE if at < end and arg == "--push" else arg for at, arg in enumerate(args)]
