"""Tries whether a Python can run the server hook, in the way the hook itself starts it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

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
        tried = subprocess.run(
            [python, "-I", "-c", _TRIAL],
            cwd=Path(python).anchor,
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except OSError as error:
        return f"it does not start: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"it did not end within {_TIMEOUT} s"
    if tried.returncode == 0:
        return None
    last = tried.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"it ended with {tried.returncode}: {last[:_SHOWN] or 'no reason given'}"
