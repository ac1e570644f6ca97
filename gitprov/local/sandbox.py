"""Runs work in a process of its own, within limits of time and memory, and outlives its death.

A pack or an index that was forged can crash libgit2 or make it use all memory; whoever pushed it
must read a code anyway, and the audit log must get its line.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from gitprov.errors import Code, StorageError

_CHUNK = 64 * 1024
_DONE = 0
_OUT_OF_MEMORY = 2
_BROKEN = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a child process.

    Args:
        seconds: of the wall clock.
        memory: bytes of heap (RLIMIT_DATA); files that are mapped to be read do not count.
        output: bytes of the answer.
    """

    seconds: float
    memory: int
    output: int


def supervise(work: Callable[[], bytes], limits: Limits) -> bytes:
    """Run work in a child process and return its answer.

    Raises:
        StorageError: GPV-408-TIMEOUT, GPV-413-LIMIT (memory or output), GPV-500-INTERNAL (it
            died or broke).
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_child(work, writer, limits)
    os.close(writer)
    try:
        answer = _read_all(reader, limits)
    except BaseException:
        _kill(child)
        raise
    finally:
        os.close(reader)
    _, status = os.waitpid(child, 0)
    return _checked(answer, status, limits)


def _be_child(work: Callable[[], bytes], writer: int, limits: Limits) -> None:
    """Do the work and end; nothing of the parent's runs here."""
    code = _BROKEN
    answer = b""
    try:
        os.setpgid(0, 0)
        # Whoever kills the parent, as a forge does after its own limit, must leave no judge behind.
        _set_limit(resource.RLIMIT_CPU, math.ceil(limits.seconds) + 1)
        _set_limit(resource.RLIMIT_DATA, limits.memory)
        _set_limit(resource.RLIMIT_CORE, 0)
        answer = work()
        code = _DONE
    except MemoryError:
        code = _OUT_OF_MEMORY
    except BaseException as reason:  # noqa: BLE001 - the parent reports it, whatever it is
        answer = f"{type(reason).__name__}: {reason}".encode("utf-8", "replace")[:_CHUNK]
    finally:
        try:
            with os.fdopen(writer, "wb") as stream:
                stream.write(answer)
        finally:
            os._exit(code)


def _set_limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(which, (most, hard))


def _read_all(reader: int, limits: Limits) -> bytes:
    end = time.monotonic() + limits.seconds
    chunks: list[bytes] = []
    size = 0
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            text = f"this took more than {limits.seconds:g} s; push fewer entries at a time"
            raise StorageError(Code.TIMEOUT, text)
        chunk = os.read(reader, _CHUNK)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > limits.output:
            raise StorageError(Code.LIMIT, f"the answer is larger than {limits.output} bytes")


def _kill(child: int) -> None:
    # Its own group holds the programs that it started.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _checked(answer: bytes, status: int, limits: Limits) -> bytes:
    code = os.waitstatus_to_exitcode(status)
    if code == _DONE:
        return answer
    if code == _OUT_OF_MEMORY:
        text = f"this needs more than {limits.memory >> 20} MiB of memory; push fewer entries at a"
        raise StorageError(Code.LIMIT, f"{text} time")
    why = answer.decode("utf-8", "replace") if code == _BROKEN else f"it ended with {code}"
    raise StorageError(Code.INTERNAL, f"the judge broke down ({why}); run git fsck on the server")
