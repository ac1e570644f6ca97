"""Standard output and standard error under odd conditions: closed, full, or nobody reading.

A reader that has gone (``gitprov log | head``) is no error: the rest is dropped, and the command
ends with the exit code that it would have had.
"""

from __future__ import annotations

import io
import os
import sys

_STANDARD = (0, 1, 2)


def secure() -> bool:
    """Make all three streams usable; False if standard output was closed.

    A closed descriptor is opened on the null device: otherwise the next file that is opened
    gets its number, and a message lands in that file.
    """
    closed = [number for number in _STANDARD if not _is_open(number)]
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return 1 not in closed


def write(content: bytes) -> bool:
    """Write to standard output; False once nobody reads any more.

    Raises:
        OSError: it cannot be written, for another reason than a reader that has gone.
    """
    stream = sys.stdout
    try:
        stream.flush()
        stream.buffer.write(content)
        if stream.isatty():
            stream.buffer.flush()
    except BrokenPipeError:
        drop_output()
        return False
    return True


def finish() -> None:
    """Write what is still held back.

    Raises:
        OSError: it cannot be written; what is left is dropped, so that Python's own exit does
            not stumble over it again.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    except OSError:
        drop_output()
        raise


def drop_output() -> None:
    """Send the rest of the output nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def terminal_width() -> int | None:
    """Columns of the terminal that shows the data, None if it is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
