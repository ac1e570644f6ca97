"""A gitprov to which something happens at a place in its code.

``python -m tests.support.end_at WHAT MODULE:NAME ARGS...`` calls the function and then, before its
caller hears of it, is sent WHAT: a signal, or ``error``. A place ``exit`` is the end of Python.
A place that begins with ``-`` is met before the function is called.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from gitprov.cli.main import main
from gitprov.errors import Code, StorageError


def happen(what: str) -> None:
    """Let it happen."""
    if what == "error":
        raise StorageError(Code.INTERNAL, "something went wrong")
    if what == "defect":
        raise RuntimeError("a defect")
    os.kill(os.getpid(), signal.Signals[what])


def arrange(what: str, place: str) -> None:
    """Replace the function at a place by one to which it happens."""
    if place == "exit":
        atexit.register(happen, what)
        return
    module, _, name = place.removeprefix("-").partition(":")
    *owners, last = name.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    real: Callable[..., Any] = getattr(owner, last)

    def call(*args: Any, **kwargs: Any) -> Any:
        if place.startswith("-"):
            happen(what)
        answer = real(*args, **kwargs)
        if not place.startswith("-"):
            happen(what)
        return answer

    setattr(owner, last, call)


if __name__ == "__main__":
    whats, places = sys.argv[1].split(","), sys.argv[2].split(",")
    for each, place in zip(whats, places, strict=True):
        arrange(each, place)
    sys.argv[:] = ["gitprov", *sys.argv[3:]]
    main()
