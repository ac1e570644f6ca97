"""Work in a process of its own: whatever becomes of it, the one who waits gets a code."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.local.sandbox import Limits, supervise

MIB = 1024 * 1024
LIMITS = Limits(seconds=60, memory=200 * MIB, output=MIB)


def code_of(work: Callable[[], bytes], limits: Limits = LIMITS) -> Code:
    with pytest.raises(StorageError) as caught:
        supervise(work, limits)
    return caught.value.code


def test_an_answer_comes_back() -> None:
    assert supervise(lambda: b"x" * 300_000, LIMITS) == b"x" * 300_000


def test_it_runs_in_another_process() -> None:
    assert supervise(lambda: str(os.getpid()).encode(), LIMITS) != str(os.getpid()).encode()


def test_too_long() -> None:
    def sleep() -> bytes:
        time.sleep(60)
        return b""

    assert code_of(sleep, Limits(0.2, 200 * MIB, MIB)) is Code.TIMEOUT


def test_too_much_memory() -> None:
    assert code_of(lambda: bytes(2048 * MIB)[:1]) is Code.LIMIT


def test_a_judge_whose_parent_was_killed_ends(tmp_path: Path) -> None:
    written = tmp_path / "pid"

    def spin() -> bytes:
        written.write_text(str(os.getpid()))
        while True:
            pass

    parent = os.fork()
    if parent == 0:
        try:
            supervise(spin, Limits(1, 200 * MIB, MIB))
        finally:
            os._exit(0)
    while not (written.exists() and written.read_text()):
        time.sleep(0.01)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    judge = Path("/proc") / written.read_text() / "stat"
    for _ in range(1_000):
        if not judge.exists() or " Z " in judge.read_text():
            return
        time.sleep(0.05)
    os.kill(int(written.read_text()), signal.SIGKILL)
    pytest.fail("the judge outlived its parent")


def test_too_long_an_answer() -> None:
    assert code_of(lambda: b"x" * (2 * MIB)) is Code.LIMIT


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_sudden_death(how: signal.Signals) -> None:
    def die() -> bytes:
        faulthandler.disable()  # its stack would only be in the tests' output
        os.kill(os.getpid(), how)
        return b"never"

    assert code_of(die) is Code.INTERNAL


def test_an_error_of_our_own_is_named() -> None:
    names: dict[str, bytes] = {}
    with pytest.raises(StorageError, match="KeyError: 'x'") as caught:
        supervise(lambda: names["x"], LIMITS)
    assert caught.value.code is Code.INTERNAL


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    written = tmp_path / "pid"

    def start() -> bytes:
        child = subprocess.Popen(["sleep", "60"])
        written.write_text(str(child.pid))
        child.wait()
        return b""

    assert code_of(start, Limits(2, 200 * MIB, MIB)) is Code.TIMEOUT
    grandchild = Path("/proc") / written.read_text()
    state = grandchild / "stat"
    for _ in range(100):
        if not state.exists() or " Z " in state.read_text():
            return
        time.sleep(0.05)
    pytest.fail("a program outlived the judgement")
