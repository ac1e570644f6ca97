"""What the options before a command's name say; every command gets it first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Session:
    """The options of ``gitprov`` itself.

    Args:
        path: where to look for the repository (``-C``), None for the current folder.
        color: ``auto``, ``always`` or ``never``.
        variable: looks up an environment variable.
    """

    path: Path | None
    color: str
    variable: Callable[[str], str | None]

    def is_colored(self) -> bool:
        """Whether data on standard output may carry colour."""
        if self.color != "auto":
            return self.color == "always"
        return sys.stdout.isatty() and not self.variable("NO_COLOR")

    def styled(self, text: str, color: str) -> str:
        """Give a text a colour (a name that click knows), or leave it as it is."""
        return click.style(text, fg=color, bold=True) if self.is_colored() else text


pass_session = click.make_pass_decorator(Session)
"""Hands the session to a command as its first argument."""
