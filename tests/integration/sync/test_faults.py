"""Killed pushers, crashed servers, lost answers: what was recorded arrives, and arrives once."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.sync.conftest import LEDGER, Team, record, runs_of, tip_of
from tests.support.cli_world import ENTRY, Cli

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def install(team: Team, name: str, script: str) -> Path:
    """Put a hook of the server in place."""
    hook = team.server.path / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    return hook


def test_f28_the_answer_is_lost_after_the_ref_moved(team: Team) -> None:
    one = team.clone("one")
    made = record(one, 2)
    install(team, "post-receive", "kill -9 $PPID")
    done = one("push", "--json")
    assert (done.code, done.json["sent"], done.json["attempts"]) == (0, 2, 2)
    assert set(made) <= runs_of(team.server)
    assert team.server("rev-list", "--count", LEDGER) == "4"


def test_f28_with_a_merge(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    made = record(one)
    record(two)
    assert two("push").code == 0
    install(team, "post-receive", "kill -9 $PPID")
    done = one("push", "--json")
    assert done.code == 0
    assert tip_of(one) == team.tip()
    assert set(made) <= runs_of(team.server)
    assert len(team.server("rev-list", "--merges", LEDGER).splitlines()) == 1


def test_f27_the_server_dies_before_the_ref_moved(team: Team) -> None:
    one = team.clone("one")
    made = record(one)
    before = team.tip()
    hook = install(team, "update", "kill -9 $PPID")
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (3, "GPV-507-STORAGE")
    assert team.tip() == before
    hook.unlink()
    assert one("push").code == 0
    assert set(made) <= runs_of(team.server)


def test_a_lock_left_on_the_server_is_named(team: Team) -> None:
    one = team.clone("one")
    record(one)
    lock = team.server.path / f"{LEDGER}.lock"
    lock.touch()
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (3, "GPV-503-BUSY")
    assert "lock file" in done.json["message"]
    lock.unlink()
    assert one("push").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(1, 7))
def test_f24_a_pusher_is_killed(team: Team, moment: int) -> None:
    one, two = team.clone("one"), team.clone("two")
    made = record(one, 2)
    theirs = record(two, 2)
    assert two("push").code == 0
    ours = one.git("rev-list", LEDGER).splitlines()
    running = subprocess.Popen(
        [*ENTRY, "push"], cwd=one.path, env=one.environment(), stdout=-3, stderr=-3
    )
    time.sleep(0.2 * moment)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert set(ours) <= set(one.git("rev-list", LEDGER).splitlines())
    assert Cli(one.path)("verify").code == 0
    assert one("push").code == 0
    assert {*made, *theirs} <= runs_of(team.server)
    assert Cli(team.server.path)("verify").code == 0
    assert tip_of(one) == team.tip()


def test_records_made_while_a_push_is_under_way_are_not_lost(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(two)
    assert two("push").code == 0
    first = record(one)
    # The server takes its time, and in the meantime the work goes on here.
    install(team, "pre-receive", "sleep 3")
    running = subprocess.Popen(
        [*ENTRY, "push", "--json"], cwd=one.path, env=one.environment(), stdout=subprocess.PIPE
    )
    time.sleep(2)
    second = record(one)
    out = running.communicate()[0].decode()
    assert running.returncode == 0
    assert '"left": 1' in out
    assert {*first, *second} <= runs_of(one.git)
    assert first[0] in runs_of(team.server)
    assert one("push").code == 0
    assert {*first, *second} <= runs_of(team.server)
    assert Cli(team.server.path)("verify").code == 0
