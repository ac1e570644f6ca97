"""Nothing that gitprov or a program started by it does needs, or even touches, a network.

The system calls of every process are watched: no socket is opened but those of the user's own
gpg-agent. So neither a host name nor, by the name service's daemon, a user's name is looked up.
The same commands then run where there is no network at all.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing

pytestmark = [pytest.mark.git, pytest.mark.gpg, pytest.mark.slow]
LINE = (
    '{"agent_name": "nightly", "run_status": "SKIPPED", "status_before": "OPEN", '
    '"status_after": "OPEN", "notes": "nothing to do", "mutation": {"actor_kind": "HUMAN"}}\n'
)
# What a ledger's life consists of, in this order; words in capitals stand for what there is.
COMMANDS = (
    ("init", "--key", "KEY"),
    ("record", *RUN, "--commit", "HEAD"),
    ("record", "--batch", "-"),
    ("flush",),
    ("log",),
    ("log", "--agent", "demo", "--jsonl"),
    ("show", "ENTRY"),
    ("verify",),
    ("verify", "--jobs", "2"),
    ("verify", "--engine", "gpg"),
    ("notes", "show", "HEAD"),
    ("notes", "check"),
    ("notes", "rebuild"),
    ("checkpoint", "write", "POINT"),
    ("verify", "--checkpoint", "POINT"),
    ("doctor",),
    ("config",),
    ("version",),
)
SOCKET = re.compile(r"^\d+ +(?:socket|socketpair)\(AF_UNIX,")
ADDRESS = re.compile(r'^\d+ +connect\(\d+, \{sa_family=AF_UNIX, sun_path="([^"]+)"\}')
# Calls that only make sense on a socket, so that watching how sockets come to be is enough.
ON_A_SOCKET = re.compile(
    r"^\d+ +(?:<\.\.\. )?(?:send|recv|getsockname|getpeername|getsockopt|setsockopt|shutdown)"
)


@pytest.fixture
def cli(keys: KeyRing, tmp_path: Path, git: Git) -> Cli:
    """A repository with one commit, for a user who is logged in."""
    made = Cli(git.init(tmp_path / "r").path, {"GNUPGHOME": str(keys.home)})
    made.git.commit({"a.txt": "1"})
    return made


def check_all(cli: Cli, key: str, *before: str) -> None:
    """Run every command, below another program, and expect each to succeed."""
    words = {"KEY": key, "POINT": str(cli.path.parent / "point")}
    for command in COMMANDS:
        found = cli.git.attempt("rev-parse", "--verify", "--quiet", "refs/gitprov/ledger")
        words["ENTRY"] = found.stdout.decode().strip()
        argv = [sys.executable, "-m", "gitprov", *(words.get(word, word) for word in command)]
        done = subprocess.run(
            [*before, *argv],
            cwd=cli.path,
            env=cli.environment(),
            input=(LINE * 3).encode(),
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, (command, done.stdout.decode(), done.stderr.decode())


def agent_sockets(home: Path) -> str:
    """The folder that the agent of a gpg home has its sockets in."""
    argv = ["gpgconf", "--homedir", str(home), "--list-dirs", "agent-socket"]
    return str(Path(subprocess.run(argv, capture_output=True, check=True).stdout.decode()).parent)


def strangers(trace: str, folder: str) -> list[str]:
    """Return the calls that had to do with anything else than the agent."""
    found = []
    for line in trace.splitlines():
        address = ADDRESS.match(line)
        if address is not None and str(Path(address[1]).parent) == folder:
            continue
        if not (SOCKET.match(line) or ON_A_SOCKET.match(line)):
            found.append(line)
    return found


@pytest.mark.strace
def test_no_process_talks_to_anything_but_the_agent(
    cli: Cli, keys: KeyRing, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    watch = ("strace", "-f", "--seccomp-bpf", "-A", "-qq", "-e", "trace=network")
    check_all(cli, keys["alice"].fingerprint, *watch, "-e", "signal=none", "-o", str(trace))
    seen = trace.read_text()
    assert "S.gpg-agent" in seen, "the agent was not seen: the watch is blind"
    assert strangers(seen, agent_sockets(keys.home)) == []


@pytest.mark.strace
@pytest.mark.parametrize(
    "code",
    [
        "socket.getaddrinfo('localhost', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_INET6)",
        "subprocess.run(['git', 'ls-remote', 'git://127.0.0.1:9/x'])",
        "socket.socket(socket.AF_UNIX).connect_ex('/var/run/nscd/socket')",
    ],
)
def test_the_watch_sees_a_network(code: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    argv = [sys.executable, "-c", f"import socket, subprocess; {code}"]
    watch = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=network", "-o", str(trace)]
    subprocess.run([*watch, *argv], check=False, capture_output=True, timeout=60)
    assert strangers(trace.read_text(), "/nowhere")


@pytest.mark.root
def test_all_of_it_works_without_any_network(cli: Cli, keys: KeyRing) -> None:
    """A network namespace of its own has not even a loopback interface that is up."""
    check_all(cli, keys["alice"].fingerprint, "unshare", "--net", "--")
