"""A run that is recorded while the interpreter ends is recorded like any other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.cli_world import Cli

pytestmark = [pytest.mark.git, pytest.mark.gpg]
_RECORD = """
import atexit, logging, threading, time, gitprov
RUN = {"agent_name": "x", "run_status": "SUCCESS", "status_before": "A", "status_after": "B",
       "mutation": {"actor_kind": "HUMAN"}}
def record():
    with gitprov.open_ledger() as ledger:
        print(ledger.append(RUN).state)
"""
_LATE_THREAD = """
def late():
    threading.main_thread().join()
    record()
threading.Thread(target=late).start()
"""


@pytest.mark.parametrize("how", ["atexit.register(record)", _LATE_THREAD], ids=["atexit", "thread"])
def test_a_run_recorded_at_the_end_is_kept(cli: Cli, how: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _RECORD + how],
        cwd=cli.path,
        env=cli.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "recorded\n", "")
    assert len(cli("log", "--jsonl").lines) == 1
