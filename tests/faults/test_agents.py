"""F-11 to F-13: a gpg-agent that is absent, killed or hanging never costs a record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.faults import FaultWorld

pytestmark = [pytest.mark.gpg, pytest.mark.git]


@contextmanager
def hanging_agent(world: FaultWorld) -> Iterator[None]:
    """Stop the agent of the ring while the block runs."""
    said = subprocess.run(
        ["gpg-connect-agent", "--homedir", str(world.home), "GETINFO pid", "/bye"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    pid = int(said.stdout.split()[1])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_f11_an_absent_agent_is_started(world: FaultWorld) -> None:
    subprocess.run(
        ["gpgconf", "--homedir", str(world.home), "--kill", "gpg-agent"], check=True, timeout=60
    )
    record, _ = world.make_run()
    world.assert_recovers(record)


def test_f13_a_hanging_agent_makes_the_record_wait(
    world: FaultWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITPROV_SIGN_TIMEOUT", "1")
    record, content = world.make_run()
    with hanging_agent(world):
        done = world.run("record", "-", "--json", stdin=content)
        strict = world.run("record", "-", "--json", "--strict", stdin=content)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["state"]) == (0, "spooled")
    assert answer["warnings"][0]["code"] == "GPV-503-SIGNER"
    assert strict.returncode == 3
    # The limit is for what hangs; under load an honest signature may take longer than that.
    monkeypatch.delenv("GITPROV_SIGN_TIMEOUT")
    flushed = world.run("flush")
    assert flushed.returncode == 0, flushed.stderr
    assert world.run_ids() == [record.run_id]
    assert world.findings() == ()
