"""Syncs many files or folders side by side: disks join what waits together.

Measured for nine objects, against one after the other: a fifth of the time on a busy disk, and
no slower on an idle one, as long as the threads are there already.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")
_THREADS = 7
_WORTH_THREADS = 3


def sync_at_once(sync: Callable[[T], None], things: Iterable[T]) -> None:
    """Sync all of these.

    Raises:
        OSError: the first that any of them raised, after all have ended.
    """
    waiting = deque(things)
    errors: list[OSError] = []

    def work() -> None:
        while True:
            try:
                thing = waiting.popleft()
            except IndexError:
                return
            try:
                sync(thing)
            except OSError as error:
                errors.append(error)

    started: list[Future[None]] = []
    if len(waiting) >= _WORTH_THREADS:
        with contextlib.suppress(RuntimeError):  # no thread can start: fewer do as well
            for _ in range(min(len(waiting) - 1, _THREADS)):
                one = _submit(work)
                started.append(one)
    work()
    for each in started:
        each.result()
    if errors:
        raise errors[0]


def _submit(work: Callable[[], None]) -> Future[None]:
    threads = _threads()
    try:
        return threads.submit(work)
    except BaseException:
        # Interrupted (Ctrl-C) while a thread starts, the pool never hears of that thread, and the
        # process would wait for it without end when it exits.
        threads.shutdown(wait=False)
        _threads.cache_clear()
        raise


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Return this process's threads, started as they are needed.

    Raises:
        RuntimeError: the interpreter is about to end and lets nothing start any more.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - refuses at the very end

    return ThreadPoolExecutor(_THREADS, "gitprov-sync")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)  # a fork has none of the threads
