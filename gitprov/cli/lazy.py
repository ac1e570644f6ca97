"""Imports commands when they are called, not when they are listed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import click
from click.shell_completion import CompletionItem

from gitprov.model.words import did_you_mean


def load_module(name: str) -> ModuleType:
    """Import a module below ``gitprov.cli`` when it is needed.

    Imported objects live for the whole process; freeze them so that the collector skips them.
    """
    qualified = f"gitprov.cli.{name}"
    if qualified in sys.modules:
        return sys.modules[qualified]
    gc.disable()
    try:
        return import_module(qualified)
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """A group that knows names and one-line help of its commands without loading them.

    Args:
        catalog: name -> one line of help, in the order of the help.
        load: imports one of these commands.
    """

    def __init__(
        self,
        *args: Any,
        catalog: Mapping[str, str],
        load: Callable[[str], click.Command],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._catalog = catalog
        self._load = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the catalog."""
        del ctx
        return list(self._catalog)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None if there is none of that name."""
        del ctx
        if cmd_name not in self._catalog:
            return None
        command = self._load(cmd_name)
        command.short_help = self._catalog[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the catalog."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._catalog.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed, and answer a misspelt one with the nearest."""
        name = args[0]
        if name not in self._catalog and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"no such command: {name!r}.{did_you_mean(name, self._catalog)}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands and options without loading any command."""
        found = [
            CompletionItem(name, help=text)
            for name, text in self._catalog.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
