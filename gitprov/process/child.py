"""Runs a program until it has ended, which may be before whatever it has started.

An ssh master, a credential helper, a file system monitor or an agent lives on and keeps the
output open. So the output goes to a file in memory, and nobody waits for the end of a pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_TERMINAL = "/dev/tty"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code (negative for a signal), its output, its messages."""

    exit_code: int
    output: bytes
    messages: bytes


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """A program to run.

    Args:
        argv: the program and its arguments.
        env: its variables; None hands on this process's.
        folder: its current folder; None is this process's.
        timeout: seconds; None waits for ever.
        may_ask: it may ask on the terminal, so it stays in the terminal's own process group.
    """

    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    folder: Path | str | None = None
    timeout: float | None = None
    may_ask: bool = False


def run_child(
    command: ChildCommand, content: bytes | IO[bytes] = b"", output: IO[bytes] | None = None
) -> Ended:
    """Run a program to its end; an interruption or the time limit ends all that it started.

    Args:
        command: what to run.
        content: its standard input, or an open file.
        output: where its standard output goes; None returns it.

    Raises:
        TimeoutError: it took too long, and was ended.
        OSError: it cannot be started.
    """
    is_alone = not (command.may_ask and _has_terminal())
    with captured() as caught, captured() as messages:
        running = subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE if isinstance(content, bytes) else content,
            stdout=output or caught,
            stderr=messages,
            cwd=command.folder,
            env=None if command.env is None else dict(command.env),
            start_new_session=is_alone,
        )
        try:
            octets = content if isinstance(content, bytes) else None
            running.communicate(octets, command.timeout)
        except subprocess.TimeoutExpired:
            _end_all(running, is_alone=is_alone)
            text = f"it took longer than {command.timeout:g} s"
            raise TimeoutError(text) from None
        except BaseException:
            _end_all(running, is_alone=is_alone)
            raise
        return Ended(running.returncode, _content(caught), _content(messages))


@contextlib.contextmanager
def captured() -> Iterator[IO[bytes]]:
    """Open a file without a name, in memory where the system has such files."""
    try:
        descriptor = os.memfd_create("gitprov", os.MFD_CLOEXEC)
    except (AttributeError, OSError):
        with tempfile.TemporaryFile() as file:
            yield file
        return
    with os.fdopen(descriptor, "w+b") as file:
        yield file


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _has_terminal() -> bool:
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _end_all(running: subprocess.Popen[bytes], *, is_alone: bool) -> None:
    below = [] if is_alone else _descendants(running.pid)
    with contextlib.suppress(ProcessLookupError):
        if is_alone:
            os.killpg(running.pid, signal.SIGKILL)
        else:
            running.kill()
    for process in below:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
    running.wait()
    if running.stdin is not None:
        with contextlib.suppress(OSError):
            running.stdin.close()


def _descendants(process: int) -> list[int]:
    """Return the processes below one, as far as /proc tells; else none."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            parent = int(path.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found = [process]
    for each in found:
        found += children.get(each, ())
    return found[1:]
