"""Sends what was just recorded: in the background, or before the command ends."""

from __future__ import annotations

from gitprov.app.background_push import AutoPush, auto_push, start_push
from gitprov.app.push import push
from gitprov.cli.output.exit_codes import Exit, exit_of_error
from gitprov.cli.output.render import tell, warn, warn_notices
from gitprov.errors import GitprovError
from gitprov.present.sync import pushed_lines
from gitprov.wiring.workspace import Workspace


def send(workspace: Workspace, asked: str | None, ref: str | None, what: str) -> Exit:
    """Push as the flag says, or else the setting.

    Args:
        workspace: where something was recorded.
        asked: what ``--push`` says; None if it was not given.
        ref: what ``--ref`` says.
        what: says what is recorded, for a warning that it was not sent.

    Returns:
        How the command should end for the push's sake; only a push that was waited for counts.
    """
    try:
        how = auto_push(workspace.settings) if asked is None else AutoPush(asked)
    except GitprovError as reason:
        warn(str(reason))
        return Exit.YES
    if how is AutoPush.BACKGROUND:
        try:
            start_push(ref)
        except GitprovError as reason:
            warn(reason.message)
    elif how is AutoPush.WAIT:
        return _push_now(workspace, what)
    return Exit.YES


def _push_now(workspace: Workspace, what: str) -> Exit:
    try:
        pushed = push(workspace, None)
    except GitprovError as reason:
        warn(f"{what}, but not sent: {reason}")
        return exit_of_error(reason)
    warn_notices(pushed.warnings)
    for line in pushed_lines(pushed):
        tell(line)
    return Exit.YES
