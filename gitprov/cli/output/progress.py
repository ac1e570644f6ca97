"""A progress bar for people who wait: on a terminal only, and only after a second."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

_PATIENCE = 1.0
_REST = 0.1
_WIDTH = 30


@contextmanager
def progress_bar(
    what: str, clock: Callable[[], float] = monotonic
) -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be called with (done, total); the bar is wiped away at the end.

    Args:
        what: the word before the bar.
        clock: seconds that never go back.
    """
    stream = sys.stderr
    if not stream.isatty():
        yield lambda _done, _total: None
        return
    started = clock()
    drawn = 0.0

    def draw(done: int, total: int) -> None:
        nonlocal drawn
        now = clock()
        if now - started < _PATIENCE or now - drawn < _REST:
            return
        drawn = now
        filled = _WIDTH * done // max(total, 1)
        bar = "#" * filled + "-" * (_WIDTH - filled)
        stream.write(f"\r{what} [{bar}] {done} of {total}")
        stream.flush()

    try:
        yield draw
    finally:
        if drawn:
            stream.write("\r\x1b[K")
            stream.flush()
