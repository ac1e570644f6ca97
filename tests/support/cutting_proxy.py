"""A proxy of the test's own that cuts a connection which sends too much, without an answer."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.source_tree import ROOT

_CHUNK = 4096
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


@contextmanager
def cutting_proxy(port: int, most: int) -> Iterator[int]:
    """Run one in front of a port of the loopback, in a process of its own; yield its port.

    Args:
        port: where connections lead to.
        most: bytes that one connection may send.
    """
    command = [sys.executable, "-m", "tests.support.cutting_proxy", str(port), str(most)]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert running.stdout is not None
    with running:
        try:
            yield int(running.stdout.readline())
        finally:
            running.kill()


def _serve(port: int, most: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_relay, args=(client, port, most), daemon=True).start()


def _relay(client: socket.socket, port: int, most: int) -> None:
    with suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
        threading.Thread(target=_copy, args=(server, client), daemon=True).start()
        if not _copy(client, server, most):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _copy(source: socket.socket, target: socket.socket, most: int | None = None) -> bool:
    """Copy until the source ends; false if it brought more than it may."""
    size = 0
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            size += len(chunk)
            if most is not None and size > most:
                return False
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    return True


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
