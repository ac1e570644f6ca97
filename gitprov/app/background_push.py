"""Pushes in the background after a record."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum

from gitprov.app.push import push
from gitprov.errors import Code, GitprovError, StorageError, UsageError
from gitprov.local.push_outcome import BackgroundPushLog
from gitprov.model.times import format_time
from gitprov.wiring.settings import Settings
from gitprov.wiring.system import environment
from gitprov.wiring.workspace import Workspace

_PATIENCE = 600.0
# The shell ends at once and leaves the push running.
_DETACH = 'exec "$@" </dev/null >/dev/null 2>&1 &'


class AutoPush(StrEnum):
    """When a record is sent: never by itself, in the background, or before the command ends."""

    OFF = "off"
    BACKGROUND = "background"
    WAIT = "wait"


_WORDS = {
    **dict.fromkeys(("", "off", "false", "no", "0"), AutoPush.OFF),
    **dict.fromkeys(("background", "on", "true", "yes", "1"), AutoPush.BACKGROUND),
    "wait": AutoPush.WAIT,
}


def auto_push(settings: Settings) -> AutoPush:
    """Return what git config gitprov.autopush says.

    Raises:
        UsageError: GPV-422-ARGUMENT, it says something else.
    """
    text = (settings.get("gitprov.autopush") or "").lower()
    found = _WORDS.get(text)
    if found is None:
        choices = ", ".join(AutoPush)
        raise UsageError(Code.ARGUMENT, f"gitprov.autopush is {text[:60]!r}, not one of {choices}")
    return found


def push_quietly(workspace: Workspace, remote: str | None) -> None:
    """Push without output; doctor shows how it ended.

    Raises:
        StorageError: GPV-507-STORAGE, not even that can be written.
    """
    outcome = BackgroundPushLog(workspace.state_dir, workspace.place.sharing)
    with outcome.turn(_PATIENCE) as is_mine:
        if not is_mine:
            return
        ended: dict[str, object] = {"code": Code.INTERNAL, "message": "it ended before it was done"}
        try:
            pushed = push(workspace, remote)
            notices = "; ".join(f"{n.code}: {n.message}" for n in pushed.warnings)
            ended = {"remote": pushed.remote, "sent": pushed.sent, "warnings": notices}
        except GitprovError as reason:
            ended = {"code": reason.code, "message": reason.message}
        finally:
            outcome.write({"time": format_time(workspace.clock.now_ms()), **ended})


def start_push(ref: str | None) -> None:
    """Start a push that outlives this process, and return at once.

    Args:
        ref: the ledger's ref; None takes the configured one.

    Raises:
        StorageError: GPV-500-INTERNAL, it did not start.
    """
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
        text = f"the push in the background did not start: {reason}; send later: gitprov push"
        raise StorageError(Code.INTERNAL, text) from reason
