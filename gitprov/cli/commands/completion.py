"""``gitprov completion``."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from gitprov.cli.input.options import Pick, example
from gitprov.cli.output.render import out

_PROGRAM = "gitprov"
_VARIABLE = "_GITPROV_COMPLETE"


@click.command(
    "completion",
    epilog=example('eval "$(gitprov completion bash)"', "gitprov completion fish | source"),
)
@click.argument("shell", type=Pick("bash", "zsh", "fish"))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell; let your shell's start-up file run it."""
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover - click knows all three
        raise click.BadParameter(shell)
    script = found(context.find_root().command, {}, _PROGRAM, _VARIABLE)
    # The class for bash starts bash to ask for its version; the script itself needs no program.
    out(ShellComplete.source(script))
