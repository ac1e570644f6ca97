"""nginx, fcgiwrap and git http-backend of the test's own, set up as docs/deployment.md says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.source_tree import ROOT

_FRAME = """\
daemon off;
{user}worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {location}
  }}
}}
"""
_LIMIT = 30.0
PASSWORD = "secret"


@dataclass(frozen=True)
class HttpServer:
    """A running server.

    Args:
        folder: its settings and logs.
        port: where it listens on the loopback.
    """

    folder: Path
    port: int

    def url(self, repository: str, user: str = "ann") -> str:
        """Return the URL of a repository below the served folder, for that user."""
        return f"http://{user}:{PASSWORD}@127.0.0.1:{self.port}/git/{repository}"


@contextmanager
def http_server(
    folder: Path, served: Path, body: str, users: tuple[str, ...]
) -> Iterator[HttpServer]:
    """Run a server.

    Args:
        folder: an empty folder, of a short path.
        served: the folder of the repositories.
        body: client_max_body_size; empty leaves nginx's own.
        users: their names.
    """
    (folder / "users").write_text("".join(f"{u}:{{PLAIN}}{PASSWORD}\n" for u in users))
    backend = _fcgiwrap(folder)
    try:
        _await(folder / "fcgi")
        running, port = _nginx(folder, _location(folder, served, body))
        try:
            yield HttpServer(folder, port)
        finally:
            running.terminate()
            running.wait(timeout=_LIMIT)
    finally:
        backend.terminate()
        backend.wait(timeout=_LIMIT)


def _location(folder: Path, served: Path, body: str) -> str:
    """The block of the page, with the test's own paths."""
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    found = re.search(r"```text\n(location .*?\n}\n)```", page, re.DOTALL)
    assert found is not None
    backend = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip())
    size = f"client_max_body_size {body};" if body else ""
    text = found[1].replace("client_max_body_size 256m;", size)
    for shown, ours in (
        ("/etc/nginx/git.users", folder / "users"),
        ("/srv/git", served),
        ("/run/fcgiwrap.socket", folder / "fcgi"),
        ("/usr/lib/git-core/git-http-backend", backend / "git-http-backend"),
        ("include fastcgi_params", "include /etc/nginx/fastcgi_params"),
    ):
        assert shown in text, shown
        text = text.replace(shown, str(ours))
    return text


def _fcgiwrap(folder: Path) -> subprocess.Popen[bytes]:
    program = shutil.which("fcgiwrap", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program is not None
    with (folder / "fcgi.log").open("wb") as log:
        return subprocess.Popen(
            [program, "-c", "4", "-s", f"unix:{folder}/fcgi"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(folder),
        )


def _environment(folder: Path) -> Mapping[str, str]:
    """A service's environment: nothing of the account that runs the tests."""
    settings = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), **settings}


def _nginx(folder: Path, location: str) -> tuple[subprocess.Popen[bytes], int]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program is not None
    user = "user root;\n" if os.geteuid() == 0 else ""
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        settings = folder / "nginx.conf"
        settings.write_text(_FRAME.format(folder=folder, port=port, user=user, location=location))
        running = subprocess.Popen(
            [program, "-c", str(settings), "-p", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _listens(running, folder / "pid"):
            return running, port
    message = f"nginx does not start: {(folder / 'error.log').read_text()}"
    raise AssertionError(message)


def _listens(running: subprocess.Popen[bytes], pid: Path) -> bool:
    """Whether it has bound its port: only then it writes its number down."""
    end = time.monotonic() + _LIMIT
    while running.poll() is None and time.monotonic() < end:
        if pid.exists() and pid.read_text():
            return True
        time.sleep(0.05)
    return False


def _await(path: Path) -> None:
    end = time.monotonic() + _LIMIT
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not appear"
        time.sleep(0.05)
