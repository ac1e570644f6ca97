"""The progress bar shows itself to people who wait, and to nobody else."""

from __future__ import annotations

import io
from contextlib import ExitStack

import pytest

from gitprov.cli.output.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Ticks:
    """A clock that goes on by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of standard error, from within the test."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_nothing_is_drawn_within_the_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    clock = Ticks()
    with progress_bar("verifying", clock) as progress:
        clock.now += 0.9
        progress(5, 10)
    assert terminal.getvalue() == ""


def test_the_bar_grows_and_is_wiped_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    clock = Ticks()
    with progress_bar("verifying", clock) as progress:
        clock.now += 1.0
        progress(5, 10)
        progress(6, 10)
        clock.now += 0.2
        progress(10, 10)
        clock.now += 0.2
        progress(0, 0)
    half, full, empty, wiped = terminal.getvalue().split("\r")[1:]
    assert half == f"verifying [{'#' * 15}{'-' * 15}] 5 of 10"
    assert full == f"verifying [{'#' * 30}] 10 of 10"
    assert empty == f"verifying [{'-' * 30}] 0 of 0"
    assert wiped == "\x1b[K"


def test_the_bar_is_wiped_away_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    clock = Ticks()
    draw_and_fail = ExitStack()
    progress = draw_and_fail.enter_context(progress_bar("verifying", clock))
    clock.now += 2
    progress(1, 2)
    draw_and_fail.__exit__(KeyError, KeyError(), None)
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_nothing_is_drawn_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    clock = Ticks()
    with progress_bar("verifying", clock) as progress:
        clock.now += 10
        progress(5, 10)
    assert stream.getvalue() == ""
