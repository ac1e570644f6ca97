"""Pushing after a record was made, out of its way."""

from __future__ import annotations

from enum import StrEnum

from gitprov.app.sync import push
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.local.push_outcome import BackgroundPushLog
from gitprov.model.times import format_time
from gitprov.wiring.settings import Settings
from gitprov.wiring.workspace import Workspace

_PATIENCE = 600.0


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
    """Push with nobody there to read; how it ended is kept where doctor shows it.

    Raises:
        StorageError: GPV-507-STORAGE, not even that can be written.
    """
    outcome = BackgroundPushLog(workspace.state_dir)
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
