"""Tries whether a Python can run the server hook, in the way the hook itself starts it."""

from __future__ import annotations

import os
from pathlib import Path

from gitprov.process.child import ChildCommand, run_child

_TIMEOUT = 60
_TRIAL = "import gitprov.pre_receive"
_SHOWN = 300


def try_interpreter(python: str) -> str | None:
    """Return why this Python cannot run the hook; None if it can.

    It starts isolated (``-I``) and with no environment at all, as in the hook.
    """
    if not os.path.isabs(python):  # noqa: PTH117 - "a//b" must stay as it is written
        return "it is not an absolute path"
    try:
        argv = [python, "-I", "-c", _TRIAL]
        tried = run_child(ChildCommand(argv, {"LC_ALL": "C"}, Path(python).anchor, _TIMEOUT))
    except TimeoutError:
        return f"it did not end within {_TIMEOUT} s"
    except OSError as error:
        return f"it does not start: {error.strerror}"
    if tried.exit_code == 0:
        return None
    last = tried.messages.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"it ended with {tried.exit_code}: {last[:_SHOWN] or 'no reason given'}"
