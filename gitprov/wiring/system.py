"""The environment, the clock and fresh ids."""

from __future__ import annotations

import gc
import os
import platform
import sys
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from gitprov.git.discovery import REPOSITORY_VARIABLES

_COUNTER_BITS = 12
_RANDOM_BITS = 62
_USER_NAMES = ("LOGNAME", "USER", "USERNAME")
_DOUBLINGS = 4
_LONGEST_WAIT = 20.0


def environment() -> Mapping[str, str]:
    """Return the process's environment."""
    return os.environ


def variable(name: str) -> str | None:
    """Look up one environment variable; an empty one counts as absent."""
    return os.environ.get(name) or None


def scrub_environment(kept: Collection[str]) -> dict[str, str]:
    """Take everything out of the process's environment but these variables; return what it was.

    libgit2 reads the variables of Git by itself, so what a caller may not say has to go.
    """
    given = dict(os.environ)
    os.environ.clear()
    os.environ.update({name: given[name] for name in kept if given.get(name)})
    return given


def set_variables(values: Mapping[str, str]) -> None:
    """Set environment variables of this process, for libraries that read them by themselves."""
    os.environ.update(values)


def forget_repository() -> None:
    """Drop the variables that name a repository: another one is named explicitly."""
    for name in REPOSITORY_VARIABLES:
        os.environ.pop(name, None)


def leave_out_backtraces() -> None:
    """Keep Rust libraries from walking the stack for every error that they make.

    With RUST_BACKTRACE=1, which many Rust developers always have set, Sequoia does so even where
    a signature is good; it costs 30 microseconds each. Only counts before the first signature.
    """
    set_variables({"RUST_LIB_BACKTRACE": "0"})


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python not look for reference cycles in the block.

    Records are many small values that stay until they are written, and make no cycles; looking
    at them again and again takes a sixth of the time of a batch.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def is_interactive() -> bool:
    """Whether a person can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self.now_ms() // 1000


class RandomIds:
    """Fresh identifiers from the system's randomness."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def uuid4(self) -> str:
        """Return a random UUIDv4, lower case."""
        return str(uuid.uuid4())

    def uuid7(self, ms: int) -> str:
        """Return a UUIDv7 (RFC 9562) of that time; within one ms a counter keeps the order.

        The counter starts at random in the lower half of its 12 bits; where it runs over, the
        time goes on by a millisecond.
        """
        with self._lock:
            last_ms, counter = self._last
            if ms != last_ms:
                counter = int.from_bytes(os.urandom(2), "big") >> 5
            else:
                counter += 1
                if counter >> _COUNTER_BITS:
                    ms, counter = ms + 1, 0
            self._last = (ms, counter)
        low = int.from_bytes(os.urandom(8), "big") >> (64 - _RANDOM_BITS)
        value = ms << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | low
        return str(uuid.UUID(int=value))


def user_and_host() -> tuple[str, str]:
    """Return the login name and the machine's name, in characters that fit an email.

    The user database is not asked: it may be a directory server behind a network.
    """
    name = next((found for key in _USER_NAMES if (found := variable(key))), "unknown")
    return _plain(name), _plain(platform.node() or "localhost")


def _plain(text: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else "-" for c in text)
    return kept.strip(".-") or "unknown"


def wait_a_while(attempt: int, took_ms: int = 100) -> None:
    """Wait at random before another attempt, the longer the more attempts there were.

    Args:
        attempt: how many there were, from 1.
        took_ms: how long one takes: the more distant a server, the wider they are spread.
    """
    longest = min(took_ms / 1000 * 2 ** min(attempt - 1, _DOUBLINGS), _LONGEST_WAIT)
    time.sleep(longest * int.from_bytes(os.urandom(4), "big") / 2**32)
