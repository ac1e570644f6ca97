"""F-01 to F-04: killed at any call that changes the disk, the ledger stays whole and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitprov.store import lock
from tests.support.faults import CHANGING_CALLS, bare_world, founded_world, killed_at
from tests.support.keys import KeyRing


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dead process left locked is cleared at once here; the wait has its own test."""
    monkeypatch.setattr(lock, "STALE_AFTER", 0.1)


pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.strace, pytest.mark.slow]
# More calls than an append makes; reaching it means that the kills never end.
_MOST = 160
_PHASES = 3


@pytest.mark.parametrize("phase", range(1, _PHASES + 1))
@pytest.mark.parametrize("call", CHANGING_CALLS)
def test_f01_f02_f03_f04_an_append_survives_a_kill_at_each(
    call: str, phase: int, keys: KeyRing, tmp_path: Path
) -> None:
    world = founded_world(tmp_path / "r", keys)
    for number in range(phase, _MOST, _PHASES):
        record, content = world.make_run()
        before = world.tip()
        args = ("record", "-", "--json")
        done = world.run(*args, stdin=content, before=killed_at(call, number))
        world.assert_unharmed(before)
        if done.stdout:
            answer = json.loads(done.stdout)
            assert answer["schema"] == "gitprov.record/v1", answer
            if answer["state"] == "recorded":
                assert record.run_id in world.run_ids()
        world.assert_recovers(record)
        if done.returncode == 0 and b"warning" not in done.stderr:
            break
    else:
        pytest.fail(f"still killed at the {_MOST}th {call}")
    assert world.findings() == ()


@pytest.mark.parametrize("phase", range(1, _PHASES + 1))
@pytest.mark.parametrize("call", CHANGING_CALLS)
def test_f01_f02_a_genesis_survives_a_kill_at_each(
    call: str, phase: int, keys: KeyRing, tmp_path: Path
) -> None:
    key_args = ("--key", keys["alice"].fingerprint, "--agent-key", keys["bot"].fingerprint)
    for number in range(phase, _MOST, _PHASES):
        world = bare_world(tmp_path / f"r{number}", keys)
        done = world.run("init", *key_args, before=killed_at(call, number))
        world.assert_unharmed(None)
        world.initialise(keys["alice"].fingerprint, keys["bot"].fingerprint)
        assert world.git("rev-list", "--count", "refs/gitprov/ledger") == "1"
        assert world.git("config", "gitprov.genesis") == world.tip()
        record, _ = world.make_run()
        world.assert_recovers(record)
        assert world.findings() == ()
        if done.returncode == 0:
            break
    else:
        pytest.fail(f"still killed at the {_MOST}th {call}")
