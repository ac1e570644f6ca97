"""Things are synced side by side, by threads that stay; a failure of one does not stop the rest."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading

import pytest

from gitprov.disk.parallel_sync import sync_at_once


def test_all_are_synced_and_the_threads_are_used_again() -> None:
    done: list[int] = []
    for start in range(0, 1_000, 50):
        sync_at_once(done.append, range(start, start + 50))
    assert sorted(done) == list(range(1_000))
    ours = [each for each in threading.enumerate() if each.name.startswith("gitprov-sync")]
    assert len(ours) <= 7


@pytest.mark.parametrize("bad", [{0}, {19}, set(range(20))])
def test_the_first_failure_is_raised_after_all_have_ended(bad: set[int]) -> None:
    tried: list[int] = []

    def sync(number: int) -> None:
        tried.append(number)
        if number in bad:
            raise OSError(5, f"bad {number}")

    with pytest.raises(OSError, match="bad"):
        sync_at_once(sync, range(20))
    assert sorted(tried) == list(range(20))


def _sync_in_a_fork(results: multiprocessing.SimpleQueue[list[int]]) -> None:
    done: list[int] = []
    sync_at_once(done.append, range(20))
    results.put(sorted(done))


def test_a_fork_starts_threads_of_its_own() -> None:
    sync_at_once(print, ["threads exist now"] * 10)
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    child = context.Process(target=_sync_in_a_fork, args=(results,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert results.get() == list(range(20))


_INTERRUPTED = """
import threading
from gitprov.disk.parallel_sync import sync_at_once

start = threading.Thread.start

def interrupted(thread):
    start(thread)
    raise KeyboardInterrupt

threading.Thread.start = interrupted
sync_at_once(lambda _: None, range(9))
"""


def test_a_process_interrupted_while_a_thread_starts_ends() -> None:
    """Ctrl-C that hits between a thread's start and the pool's note of it."""
    command = [sys.executable, "-c", _INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert done.stderr.endswith("KeyboardInterrupt\n")
