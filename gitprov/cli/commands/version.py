"""``gitprov version``."""

from __future__ import annotations

import click

from gitprov.app.about import installed_versions
from gitprov.cli.input.options import example, json_option
from gitprov.cli.output.render import out, print_json
from gitprov.version import __version__


@click.command("version", epilog=example("gitprov version", "gitprov version --json"))
@json_option
def command(*, as_json: bool) -> None:
    """Print the versions of gitprov, the record format, git, gpg and libgit2."""
    versions = {"version": __version__, **installed_versions()}
    if as_json:
        print_json("version", versions)
        return
    for name, version in versions.items():
        out(f"{'gitprov' if name == 'version' else name:8} {version or 'not found'}")
