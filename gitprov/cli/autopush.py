"""Sends what was just recorded: in the background, or before the command ends."""

from __future__ import annotations

import subprocess
import sys

from gitprov.app.background_push import AutoPush, auto_push
from gitprov.app.sync import push
from gitprov.cli.commands.push import pushed_lines
from gitprov.cli.output.exit_codes import Exit, exit_of_error
from gitprov.cli.output.render import tell, warn, warn_notices
from gitprov.errors import GitprovError
from gitprov.wiring.system import environment
from gitprov.wiring.workspace import Workspace

# The shell is gone at once, and nobody waits for what it leaves running.
_DETACH = 'exec "$@" </dev/null >/dev/null 2>&1 &'


def send(workspace: Workspace, asked: str | None, ref: str | None) -> Exit:
    """Push as the flag says, or else the setting.

    Args:
        workspace: where something was recorded.
        asked: what ``--push`` says; None if it was not given.
        ref: what ``--ref`` says.

    Returns:
        How the command should end for the push's sake; only a push that was waited for counts.
    """
    try:
        how = auto_push(workspace.settings) if asked is None else AutoPush(asked)
    except GitprovError as reason:
        warn(str(reason))
        return Exit.YES
    if how is AutoPush.BACKGROUND:
        _start(ref)
    elif how is AutoPush.WAIT:
        return _push_now(workspace)
    return Exit.YES


def _push_now(workspace: Workspace) -> Exit:
    try:
        pushed = push(workspace, None)
    except GitprovError as reason:
        warn(f"recorded, but not sent: {reason}")
        return exit_of_error(reason)
    warn_notices(pushed.warnings)
    for line in pushed_lines(pushed):
        tell(line)
    return Exit.YES


def _start(ref: str | None) -> None:
    # -P: a folder named gitprov in the current folder is not taken for the program.
    command = [sys.executable, "-P", "-m", "gitprov", "push", "--background"]
    command += ["--ref", ref] if ref is not None else []
    variables = {**environment(), "SSH_ASKPASS_REQUIRE": "never"}
    try:
        subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            env=variables,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as reason:
        warn(f"the push in the background did not start: {reason}; send later: gitprov push")
