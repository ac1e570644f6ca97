"""``gitprov server``."""

from __future__ import annotations

import click

from gitprov.cli.commands.server_doctor import doctor
from gitprov.cli.commands.server_install import install
from gitprov.cli.commands.server_keyring import keyring
from gitprov.cli.commands.server_pre_receive import pre_receive
from gitprov.cli.input.options import example


@click.group(
    "server",
    epilog=example(
        "gitprov server install /srv/git/project.git",
        "gitprov server doctor /srv/git/project.git",
    ),
)
def command() -> None:
    """Guard a ledger on the Git server that it is pushed to.

    A hook judges every push there. These commands put it in its place, prove that it works,
    and take it out again. docs/deployment.md leads through it for each kind of server.
    """


for _part in (install, doctor, keyring, pre_receive):
    command.add_command(_part)
