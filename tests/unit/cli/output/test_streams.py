"""Standard output that is a terminal, a pipe, full, or left by its reader."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest

from gitprov.cli.output import streams


def text_on(number: int) -> io.TextIOWrapper:
    """Return a text stream as `secure` makes one for the standard output."""
    return io.TextIOWrapper(
        io.BufferedWriter(streams.OutputStream(number, "wb", closefd=False)), "utf-8"
    )


def test_bytes_reach_a_pipe_when_all_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(sys, "stdout", text_on(writing))
    assert streams.write(b"one\n")
    streams.finish()
    assert os.read(reading, 100) == b"one\n"
    os.close(reading)
    os.close(writing)


def test_lines_reach_a_terminal_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = os.openpty()
    monkeypatch.setattr(sys, "stdout", text_on(follower))
    assert streams.write(b"one\n")
    assert os.read(leader, 100) == b"one\r\n"
    assert streams.terminal_width() is None
    os.close(leader)
    os.close(follower)


def test_what_a_reader_left_unread_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(sys, "stdout", text_on(writing))
    os.close(reading)
    assert streams.write(b"held back\n")
    streams.finish()
    assert not streams.write(b"x" * 100_000)
    streams.finish()
    os.close(writing)


def test_an_output_that_is_full_is_named_and_then_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(sys, "stdout", text_on(full))
    assert streams.write(b"held back\n")
    with pytest.raises(OSError, match="standard output") as caught:
        streams.finish()
    assert caught.value.errno == errno.ENOSPC
    streams.finish()
    os.close(full)


class Broken(io.TextIOWrapper):
    """A stream that is none of ours and fails once."""

    is_broken = True

    def flush(self) -> None:
        if self.is_broken:
            self.is_broken = False
            raise OSError(errno.EIO, "broken")


def test_another_stream_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(io.BytesIO()))
    assert streams.write(b"x")
    assert streams.terminal_width() is None
    with pytest.raises(OSError, match="broken"):
        streams.finish()


def test_the_width_of_a_terminal_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda _number: os.terminal_size((90, 24)))
    monkeypatch.setattr(sys, "stdout", text_on(1))
    assert streams.terminal_width() == 90


def test_closed_streams_are_opened_on_the_null_device(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:  # pragma: no cover - the child reports by its exit code
        os.closerange(0, 3)
        for name in ("stdin", "stdout", "stderr"):
            setattr(sys, name, None)  # as Python does where a descriptor is closed
        secure = streams.secure()
        mine = os.open(tmp_path / "file", os.O_CREAT | os.O_WRONLY)
        streams.write(b"x")
        streams.finish()
        untouched = mine > 2 and not (tmp_path / "file").stat().st_size
        os._exit(0 if not secure and untouched and sys.stdin.read() == "" else 1)
    assert os.waitpid(child, 0)[1] == 0
