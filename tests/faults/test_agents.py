"""F-11 to F-13: a gpg-agent that is absent, killed or hanging never costs a record."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support.faults import FaultWorld
from tests.support.processes import hanging_agent

pytestmark = [pytest.mark.gpg, pytest.mark.git]


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
    with hanging_agent(world.home):
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
