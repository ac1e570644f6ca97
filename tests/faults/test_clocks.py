"""F-29 and F-34: a clock that is wrong is named, and what was recorded with it is not lost."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitprov.errors import Code, RefusedError
from gitprov.model.receipt import Receipt
from tests.support.faults import LEDGER, FaultWorld, copied_world
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_HOUR, _DAY = 3_600, 86_400
_DRAFT = {
    "agent_name": "clock",
    "run_status": "SUCCESS",
    "status_before": "A",
    "status_after": "B",
    "mutation": {"actor_kind": "HUMAN"},
}


@dataclass(frozen=True)
class StandingClock:
    """A clock that stands still."""

    seconds: int

    def now_ms(self) -> int:
        return self.seconds * 1000

    def now(self) -> int:
        return self.seconds


At = Callable[[int], None]


@pytest.fixture
def gpg_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    """Put a gpg first on the path whose clock can be set: it is the machine's clock, too."""
    real = shutil.which("gpg")
    program = tmp_path / "bin" / "gpg"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    def set_clock(seconds: int) -> None:
        program.write_text(f'#!/bin/sh\nexec {real} --faked-system-time "{seconds}!" "$@"\n')
        program.chmod(0o755)

    return set_clock


def record(world: FaultWorld, gpg_at: At, seconds: int) -> Receipt:
    """Record a run on a machine with that clock."""
    gpg_at(seconds)
    with world.workspace() as workspace:
        workspace.clock = StandingClock(seconds)  # type: ignore[assignment]  # the same port
        made = workspace.drafting().complete(_DRAFT)
        (receipt,) = workspace.recorder().submit([made])
    return receipt


def flush(world: FaultWorld, gpg_at: At, seconds: int) -> list[str]:
    """Flush on a machine with that clock; return what landed."""
    gpg_at(seconds)
    with world.workspace() as workspace:
        workspace.clock = StandingClock(seconds)  # type: ignore[assignment]  # the same port
        return [receipt.run_id for receipt in workspace.recorder().flush()]


def entry_times(world: FaultWorld) -> list[int]:
    """Return the times of all entries, from the oldest on."""
    return [int(line) for line in world.git("log", "--reverse", "--format=%ct", LEDGER).split()]


@pytest.mark.parametrize("seconds", [1, 300])
def test_f29_a_small_jump_back_is_no_trouble(world: FaultWorld, gpg_at: At, seconds: int) -> None:
    """A leap second, or a correction: the entry takes its parent's time."""
    now = int(time.time())
    record(world, gpg_at, now + 60)
    assert record(world, gpg_at, now + 60 - seconds).state == "recorded"
    assert entry_times(world)[-2:] == [now + 60, now + 60]
    assert world.findings() == ()


@pytest.mark.parametrize("clock", ["a day behind", "1970"])
def test_f29_a_clock_behind_the_ledger_is_named_and_the_record_waits(
    world: FaultWorld, gpg_at: At, clock: str
) -> None:
    now = int(time.time())
    before = world.tip()
    wrong = 60 if clock == "1970" else now - _DAY
    receipt = record(world, gpg_at, wrong)
    assert receipt.state == "spooled"
    (notice,) = receipt.warnings
    assert notice.code == Code.CLOCK
    assert "behind the newest entry; set the clock" in notice.message
    assert world.tip() == before
    with pytest.raises(RefusedError) as caught:
        flush(world, gpg_at, wrong)
    assert caught.value.code is Code.CLOCK
    assert flush(world, gpg_at, now) == [receipt.run_id]
    assert entry_times(world) == sorted(entry_times(world))
    assert world.findings() == ()


def test_f29_a_clock_ahead_is_told_by_the_next_honest_one(world: FaultWorld, gpg_at: At) -> None:
    """The machine itself cannot know; offline the verdict is "could not find out"."""
    now = int(time.time())
    assert record(world, gpg_at, now + _DAY).state == "recorded"
    assert [finding.code for finding in world.findings()] == [Code.CLOCK]
    receipt = record(world, gpg_at, now)
    assert (receipt.state, receipt.warnings[0].code) == ("spooled", Code.CLOCK)
    assert flush(world, gpg_at, now + _DAY) == [receipt.run_id]
    times = entry_times(world)
    assert times == sorted(times)


def test_f34_of_two_hosts_the_one_ahead_is_refused_and_the_other_goes_on(
    world: FaultWorld, gpg_at: At, tmp_path: Path
) -> None:
    remote = HookedRemote.make(tmp_path / "server.git")
    remote.accept(world.path, f"{LEDGER}:{LEDGER}")
    ahead, honest = (copied_world(world, tmp_path / name) for name in ("ahead", "honest"))
    now = int(time.time())
    early = record(ahead, gpg_at, now + _HOUR)
    refused = remote.refuse(ahead.path, f"{LEDGER}:{LEDGER}")
    assert refused.codes == [Code.CLOCK]
    for _ in range(2):
        assert record(honest, gpg_at, now).state == "recorded"
        remote.accept(honest.path, f"{LEDGER}:{LEDGER}")
    assert early.run_id not in honest.run_ids()
    assert honest.findings() == ()
