"""The options before a command's name."""

from __future__ import annotations

import sys

import click

from gitprov.wiring.system import variable


class Session:
    """The options of ``gitprov`` itself; ``-C`` is done by then, it changes the current folder.

    Args:
        color: ``auto``, ``always`` or ``never``.
    """

    def __init__(self, color: str) -> None:
        self.color = color

    def is_colored(self) -> bool:
        """Whether data on standard output may carry colour."""
        if self.color != "auto":
            return self.color == "always"
        return sys.stdout.isatty() and variable("NO_COLOR") is None

    def styled(self, text: str, color: str) -> str:
        """Give a text a colour (a name that click knows), or leave it as it is."""
        return click.style(text, fg=color, bold=True) if self.is_colored() else text


pass_session = click.make_pass_decorator(Session)
"""Hands the session to a command as its first argument."""
