"""A program has ended when it has ended, whatever it leaves behind."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.process.child import ChildCommand, run_child
from tests.support.processes import ends, is_alive

# Leaves a process of its own session behind that holds all three streams.
DAEMON = "setsid sleep 60 & echo $! >pid; echo out; echo err >&2; exit 3"


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """The file with the number of a process that a test leaves behind."""
    yield tmp_path / "pid"
    if (tmp_path / "pid").exists():
        process = int((tmp_path / "pid").read_text())
        if is_alive(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def test_a_descendant_that_holds_the_streams_is_not_waited_for(tmp_path: Path, left: Path) -> None:
    start = time.monotonic()
    ended = run_child(ChildCommand(["sh", "-c", DAEMON], folder=tmp_path, timeout=30))
    assert time.monotonic() - start < 10
    assert (ended.exit_code, ended.output, ended.messages) == (3, b"out\n", b"err\n")
    assert is_alive(int(left.read_text()))


def test_the_limit_ends_all_that_was_started(tmp_path: Path, left: Path) -> None:
    script = "sleep 60 & echo $! >pid; sleep 60"
    with pytest.raises(TimeoutError):
        run_child(ChildCommand(["sh", "-c", script], folder=tmp_path, timeout=0.5))
    assert ends(int(left.read_text()))


def test_so_it_does_where_the_program_may_ask_on_the_terminal(tmp_path: Path) -> None:
    """In a session with a terminal the program stays in the terminal's process group."""
    script = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from gitprov.process.child import ChildCommand, run_child
argv = ["sh", "-c", "ps -o tty= $$ >tty; sleep 60 & echo $! >pid; sleep 60"]
try:
    run_child(ChildCommand(argv, folder={str(tmp_path)!r}, timeout=1, may_ask=True))
except TimeoutError:
    os._exit(7)
"""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", script])  # noqa: S606
    status = os.waitpid(process, 0)[1]
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 7
    assert ends(int((tmp_path / "pid").read_text()))


def test_much_input_and_output_pass(tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 8
    ended = run_child(ChildCommand(["sh", "-c", "tee /dev/stderr"], folder=tmp_path), content)
    assert (ended.output, ended.messages) == (content, content)


def test_a_program_that_reads_nothing_breaks_nothing() -> None:
    assert run_child(ChildCommand(["true"]), b"x" * 1_000_000).exit_code == 0


def test_a_signal_is_a_negative_code() -> None:
    assert run_child(ChildCommand(["sh", "-c", "kill -9 $$"])).exit_code == -9


def test_no_program_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        run_child(ChildCommand(["/nowhere/x"]))
