"""Signals that end a command are told like Ctrl-C: what is done is said before the end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from gitprov.cli.output.streams import done_lines

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_AT_ONCE = 2.0  # seconds


class EndedBySignalError(KeyboardInterrupt):
    """A signal asks this process to end.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        is_key = number == signal.SIGINT
        super().__init__("interrupted" if is_key else f"ended by {signal.Signals(number).name}")
        self.number = number


class _RaiseOnce:
    """Raises for a signal, but not for one that comes while the one before is being told of."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        before, self._last = self._last, time.monotonic()
        if self._last - before > _AT_ONCE:
            raise EndedBySignalError(number)


_before: dict[int, Callable[[int, FrameType | None], object] | int] = {}


@contextmanager
def ending_by_exception() -> Iterator[None]:
    """Let signals raise in the block, unless this process ignores them, as under nohup.

    Once something is done for good they go on to raise behind the block, until `ignore` or
    `restore`: the exit code has to say what is done.
    """
    handler = _RaiseOnce()
    found = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    for number in found if threading.current_thread() is threading.main_thread() else ():
        before = signal.getsignal(number)
        if before is not None and before in (signal.SIG_DFL, signal.default_int_handler):
            _before[number] = before
            signal.signal(number, handler)
    try:
        yield
    finally:
        if not done_lines():
            restore()


def ignore() -> None:
    """Let no signal change the exit code any more: the process is about to end."""
    for number in _before:
        signal.signal(number, signal.SIG_IGN)


def restore() -> None:
    """Let signals do what they did before the block."""
    while _before:
        signal.signal(*_before.popitem())
