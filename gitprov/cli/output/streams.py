"""Standard output under odd conditions: closed, full, or without a reader.

A reader that has gone (``gitprov log | head``) is not an error: the rest is dropped, and the
command ends with the exit code that it would have had. Once a command has done something for
good, no failure of the output changes its exit code: what was done goes to standard error.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

_STANDARD = (0, 1, 2)


class OutputStream(io.FileIO):
    """A file whose reader may leave at any time; what follows is dropped."""

    is_dropped = False
    lost: OSError | None = None

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - any buffer
        """Write as much as fits, or drop it all if the reader has gone."""
        if not self.is_dropped:
            try:
                return super().write(content)
            except OSError as reason:
                reason.filename = "standard output"
                if not isinstance(reason, BrokenPipeError) and not _done:
                    raise
                self.is_dropped, self.lost = True, reason
        return memoryview(content).nbytes


_done: dict[str, int] = {}  # line -> exit code


def begin() -> None:
    """Forget what an earlier command of this process has done."""
    _done.clear()


def done(*lines: str, code: int = 0) -> None:
    """Say what a command has done for good, for the case that nobody can read its output.

    Args:
        lines: as standard error gets them then; those that were said before are left out.
        code: how the command ends if nothing else comes of it.
    """
    _done.update(dict.fromkeys(lines, code))


def done_lines() -> tuple[str, ...]:
    """Return what was done for good."""
    return tuple(_done)


def done_code() -> int:
    """Return how a command ends that is interrupted after that."""
    return max(_done.values(), default=0)


def drop() -> None:
    """Write nothing more to standard output, not even what is held back."""
    raw = _raw()
    if isinstance(raw, OutputStream):
        raw.is_dropped = True


def lost_output() -> OSError | None:
    """Return why standard output was lost, if it was."""
    return getattr(_raw(), "lost", None)


def secure() -> bool:
    """Make the standard streams of this process usable; False if its output was closed.

    A closed descriptor is opened on the null device: otherwise the next file that is opened
    gets its number, and a message lands in that file.
    """
    closed = {number for number in _STANDARD if not _is_open(number)}
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    encoding = getattr(sys.stdout, "encoding", "utf-8")
    sys.stdout = _text(OutputStream(1, "wb", closefd=False), encoding)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "rb", closefd=False)))
    if sys.stderr is None:
        sys.stderr = _text(io.FileIO(2, "wb", closefd=False), encoding)
    return 1 not in closed


def write(content: bytes) -> bool:
    """Write to standard output; False once the reader has gone.

    Raises:
        OSError: it cannot be written, for another reason than a reader that has gone.
    """
    sys.stdout.buffer.write(content)
    if sys.stdout.isatty():
        sys.stdout.buffer.flush()
    return not getattr(_raw(), "is_dropped", False)


def finish() -> None:
    """Write what is still held back.

    Raises:
        OSError: it cannot be written. It is dropped, so that the end of Python does not stumble
            over it again.
    """
    try:
        sys.stdout.flush()
    except OSError:
        drop()
        raise


def terminal_width() -> int | None:
    """Columns of the terminal that shows the data, None if it is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _raw() -> object:
    return getattr(sys.stdout.buffer, "raw", None)


def _text(file: io.FileIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(file), encoding, "backslashreplace", line_buffering=file.isatty()
    )


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
