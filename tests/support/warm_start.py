"""Which calls of the program may come from a warm one, and the warm ones of this process.

What an interpreter takes from its environment when it starts (locale, time zone, PYTHON*)
cannot be given to a fork, and a warm program answers one call at a time. Such calls start cold.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

from tests.support.source_tree import ROOT
from tests.support.warm_program import WarmProgram, warm_program

_AT_START = ("PYTHON", "LC_", "LANG", "TZ")
MEASURING = "COVERAGE_PROCESS_CONFIG"
_busy = Lock()


@contextmanager
def warm_one(env: Mapping[str, str]) -> Iterator[WarmProgram | None]:
    """Hold the warm program for a call with these variables; None if it must start cold."""
    is_usual = _at_start(env) == {**_at_start(os.environ), "PYTHONPATH": str(ROOT)}
    if not is_usual or not _busy.acquire(blocking=False):
        yield None
        return
    try:
        yield _program(os.getpid(), is_measured=MEASURING in env)
    finally:
        _busy.release()


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}


@cache
def _program(_owner: int, *, is_measured: bool) -> WarmProgram:
    """Start a warm program that ends with this process."""
    stack = ExitStack()
    program = stack.enter_context(warm_program(is_measured=is_measured))
    atexit.register(stack.close)
    return program
