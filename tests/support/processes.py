"""Processes that tests leave running, stop or kill."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LIMIT = 60


def is_alive(process: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    return _stat(process)[:1] not in ([], ["Z"])


def ends(process: int) -> bool:
    """Whether a process ends soon: a killed one dies when the kernel gets round to it."""
    return _becomes_true(lambda: not is_alive(process))


def agent_pid(home: Path) -> int:
    """Return the process number of the agent of a gpg home, started if none runs."""
    said = subprocess.run(
        ["gpg-connect-agent", "--homedir", str(home), "GETINFO pid", "/bye"],
        capture_output=True,
        check=True,
        timeout=_LIMIT,
    )
    return int(said.stdout.split()[1])


@contextmanager
def hanging_agent(home: Path) -> Iterator[None]:
    """Stop the agent of a gpg home while the block runs.

    When the process that started the agent ends, the kernel continues what is stopped in the
    agent's process group (setpgid(2)); so that end comes first.
    """
    agent = next(filter(None, (_stopped_agent(home) for _ in range(10))), None)
    assert agent is not None, "no agent stops"
    try:
        yield
        assert _stat(agent)[:1] == ["T"], "it was continued"
    finally:
        os.kill(agent, signal.SIGCONT)


def _stopped_agent(home: Path) -> int | None:
    """Stop the agent; None if it ended instead, as one does that another has replaced."""
    agent = agent_pid(home)
    assert _becomes_true(lambda: not _has_parent_in_session(agent)), "its starter does not end"
    try:
        os.kill(agent, signal.SIGSTOP)
    except ProcessLookupError:
        return None
    assert _becomes_true(lambda: _stat(agent)[:1] in (["T"], ["Z"], [])), "it does not stop"
    return agent if _stat(agent)[:1] == ["T"] else None


def _has_parent_in_session(process: int) -> bool:
    try:
        return os.getsid(int(_stat(process)[1])) == os.getsid(process)
    except ProcessLookupError:
        return False


def _stat(process: int) -> list[str]:
    """Return what proc(5) says of a process from its state on; nothing if there is none."""
    try:
        content = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return content.rpartition(")")[2].split()


def _becomes_true(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + _LIMIT
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
