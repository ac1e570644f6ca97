"""An OpenSSH server of the test's own: its port, its keys, its settings, one forced command."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = """\
AddressFamily inet
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile {folder}/pid
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
PermitUserEnvironment no
StrictModes no
UsePAM no
LogLevel VERBOSE
"""
_ATTEMPTS = 5


@dataclass(frozen=True)
class SshServer:
    """A running server.

    Args:
        folder: its keys and settings, and those of its users.
        port: where it listens on the loopback.
    """

    folder: Path
    port: int

    def url(self, repository: Path | str) -> str:
        """Return what a user types for a repository."""
        return f"ssh://{_account()}@127.0.0.1:{self.port}{repository}"

    def env(self, user: str) -> Mapping[str, str]:
        """Return the variables with which git speaks to it as that user."""
        options = (
            f"-F /dev/null -i {self.folder}/{user} -o IdentitiesOnly=yes -o IdentityAgent=none"
            f" -o UserKnownHostsFile={self.folder}/known_hosts -o StrictHostKeyChecking=yes"
            " -o BatchMode=yes"
        )
        return {"GIT_SSH_COMMAND": f"ssh {options}", "GIT_ALLOW_PROTOCOL": "file:ssh"}

    def ssh(self, user: str, command: str) -> subprocess.CompletedProcess[bytes]:
        """Ask for any command as that user."""
        words = self.env(user)["GIT_SSH_COMMAND"].split()
        place = f"{_account()}@127.0.0.1"
        return subprocess.run(
            [*words, "-p", str(self.port), place, command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )


@contextmanager
def ssh_server(folder: Path, forced: str, *users: str) -> Iterator[SshServer]:
    """Run a server that lets users in by key, each for the forced command only.

    Args:
        folder: an empty folder.
        forced: the command, as authorized_keys has it; ``{user}`` in it is the user's name.
        users: their names; the names of their keys as well.
    """
    for name in ("host", *users):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name]
        subprocess.run([*command, "-f", str(folder / name)], check=True)
    quoted = forced.replace('"', '\\"')
    keys = [(folder / f"{user}.pub").read_text(encoding="ascii") for user in users]
    lines = [
        f'command="{quoted.replace("{user}", user)}",restrict {key}'
        for user, key in zip(users, keys, strict=True)
    ]
    (folder / "authorized_keys").write_text("".join(lines), encoding="ascii")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for _ in range(_ATTEMPTS):
        port = _free_port()
        running = _start(folder, port)
        if running is not None:
            break
    else:
        message = f"sshd does not start: {(folder / 'log').read_text(encoding='utf-8')}"
        raise AssertionError(message)
    host = (folder / "host.pub").read_text(encoding="ascii")
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}", encoding="ascii")
    try:
        yield SshServer(folder, port)
    finally:
        running.terminate()
        running.wait(timeout=30)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes] | None:
    """Start it; None if it ended before it listened, as when somebody took the port."""
    settings = folder / "config"
    settings.write_text(_SETTINGS.format(port=port, folder=folder), encoding="ascii")
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program is not None
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [program, "-D", "-e", "-f", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    while running.poll() is None:
        if b"Server listening" in (folder / "log").read_bytes():
            return running
    return None


def _account() -> str:
    """The account that runs the tests; no other one could be logged into."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
