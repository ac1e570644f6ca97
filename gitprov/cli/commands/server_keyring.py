"""``gitprov server keyring``."""

from __future__ import annotations

from pathlib import Path

import click

from gitprov.app.server_install import keyring as export
from gitprov.cli.input.options import example, json_option, ref_option
from gitprov.cli.output.output_file import write_output
from gitprov.cli.output.render import out, out_bytes, print_json, tell
from gitprov.errors import Code, UsageError
from gitprov.model.words import counted
from gitprov.present.text import safe


@click.command(
    "keyring",
    epilog=example("gitprov server keyring . -o keyring.gpg"),
)
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write it there instead of standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@json_option
@ref_option
def keyring(
    path: Path, *, output: Path | None, force: bool, as_json: bool, ref: str | None
) -> None:
    """Export the certificates of every unrevoked signer, for gpgv.

    PATH is any repository that holds the ledger. hooks/pre-receive.sh on a server without
    Python reads the file; export it again after every change of keys or policy.
    """
    if as_json and output is None:
        raise UsageError(Code.ARGUMENT, "--json needs -o: the keyring itself is binary")
    content, keys = export(path, ref)
    if output is None:
        out_bytes(content)
        return
    write_output(output, content, force=force)
    if as_json:
        print_json("server-keyring", {"path": str(output), "keys": keys})
    else:
        tell(f"wrote {counted(len(keys), 'key')} to {output}")
        for key in keys:
            out(safe(key))
