"""Where POSIX is missing, the ledger can be read; writing is refused before anything is written.

A child process takes the modules, flags and functions away that Windows does not have, before
gitprov is imported. What stays different there (paths, drive letters) is not shown by this.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli, Ended

pytestmark = [pytest.mark.git, pytest.mark.gpg]
TAKE_AWAY = """\
import os, sys
import concurrent.futures.process, getpass, multiprocessing, pathlib, platform, shutil
import subprocess, tempfile, uuid  # the standard library adapts when it is imported

for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None
for name in (
    "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fchmod", "fchown", "fork", "geteuid",
    "getuid", "getpgid", "killpg", "pread", "pwrite", "uname", "statvfs",
):
    if hasattr(os, name):
        delattr(os, name)

from gitprov.cli.main import run

sys.exit(run(sys.argv[1:]))
"""
SECONDS = re.compile(r"[0-9.]+ s\b")
READING = [
    ("verify", "--jobs", "1"),
    ("verify", "--json"),
    ("log",),
    ("log", "--jsonl"),
    ("show", "RUN"),
    ("notes", "check"),
    ("context", "check", "RUN"),
    ("schema", "run"),
    ("version",),
    ("config",),
]
WRITING = [("record", *RUN), ("flush",), ("record", "--batch", "-")]


def run_without(cli: Cli, *args: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-c", TAKE_AWAY, *args],
        cwd=cli.path,
        env=cli.environment(),
        input=b"",
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def state_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a repository."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def run_id(cli: Cli) -> str:
    return str(cli("record", *RUN, "--json").json["run_id"])


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_works_and_says_the_same(cli: Cli, run_id: str, command: tuple[str, ...]) -> None:
    args = [run_id if word == "RUN" else word for word in command]
    before = state_of(cli.path)
    here, there = cli(*args), run_without(cli, *args)
    assert (there.code, there.err) == (here.code, here.err) == (0, "")
    if args[0] == "verify" and "--json" in args:
        assert json.loads(there.out)["verdict"] == json.loads(here.out)["verdict"] == "pass"
    else:
        assert SECONDS.sub("", there.out) == SECONDS.sub("", here.out)
    assert state_of(cli.path) == before


@pytest.mark.parametrize("command", WRITING, ids=lambda command: " ".join(command[:2]))
def test_writing_is_refused_with_a_way_out(cli: Cli, command: tuple[str, ...]) -> None:
    before = state_of(cli.path)
    refused = run_without(cli, *command)
    assert refused.code == 3
    assert "GPV-501-REPO-UNSUPPORTED" in refused.err
    assert "WSL" in refused.err
    assert "Traceback" not in refused.err
    assert state_of(cli.path) == before
