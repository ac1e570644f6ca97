"""F-01 to F-04: killed at any call that changes the disk, the ledger stays whole and goes on.

FAULTS=all (`make faults`) kills at every such call; else calls that are alike are met twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitprov.local import writer_lock as lock
from tests.support.faults import (
    FaultWorld,
    bare_world,
    copied_world,
    init_options,
    injecting,
    watched,
)
from tests.support.keys import KeyRing
from tests.support.moments import Moment, chosen
from tests.support.warm_program import WarmProgram

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.strace, pytest.mark.slow]
_PARTS = 4
_STALE_AFTER = 0.05
_KILL = "signal=KILL"
_KILLED = -9
# An fsync changes nothing that a kill could tell; a power cut could (F-09).
_ALIKE = ("fsync", "fdatasync")


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dead process left locked is cleared at once here; the wait has its own test."""
    monkeypatch.setattr(lock, "STALE_AFTER", _STALE_AFTER)


def landing(moments: Sequence[Moment]) -> int:
    """Return the place of the moment that moves the ledger's ref."""
    (place,) = [
        number
        for number, moment in enumerate(moments)
        if moment.call.startswith(("rename", "link")) and moment.place.endswith('gitprov/ledger"')
    ]
    return place


def parts(moments: Sequence[Moment], part: int) -> list[tuple[int, Moment]]:
    """Return the moments of one test, with their places in the whole."""
    wanted = chosen(moments, without=_ALIKE)[part::_PARTS]
    return [(number, moment) for number, moment in enumerate(moments) if moment in wanted]


@pytest.mark.parametrize("part", range(_PARTS))
def test_f01_f02_f03_f04_an_append_survives_a_kill_at_each_moment(
    part: int, world: FaultWorld, warm: WarmProgram, moments_of_record: list[Moment]
) -> None:
    world.submit(world.make_run()[0])
    landed = landing(moments_of_record)
    mine = parts(moments_of_record, part)
    killed = 0
    for number, moment in mine:
        record, content = world.make_run()
        before = world.tip()
        args = ("record", "-", "--json")
        done = warm(args, world.path, world.env, content, strace=injecting(moment, _KILL))
        world.assert_unharmed(before)
        if done.returncode == _KILLED:
            killed += 1
            assert done.stdout == b""
            # Which object folders exist already is chance, and so is how many are made when.
            assert moment.call == "mkdir" or (world.tip() != before) == (number > landed), moment
        else:
            assert (moment.call, done.returncode) == ("mkdir", 0), (moment, done.stderr)
            assert json.loads(done.stdout)["state"] == "recorded"
        world.assert_recovers(record)
    assert killed > len(mine) // 2
    assert world.findings() == ()
    lines = world.git("notes", "--ref", "gitprov", "show", "HEAD").splitlines()
    assert len(lines) == len(world.run_ids())


@pytest.mark.parametrize("part", range(_PARTS))
def test_f01_f02_a_genesis_survives_a_kill_at_each_moment(
    part: int, keys: KeyRing, tmp_path: Path, warm: WarmProgram, moments_of_init: list[Moment]
) -> None:
    mine = parts(moments_of_init, part)
    empty = bare_world(tmp_path / "empty", keys)
    killed = 0
    for number, moment in mine:
        world = copied_world(empty, tmp_path / f"r{number}")
        args = ("init", *init_options(keys))
        done = warm(args, world.path, world.env, strace=injecting(moment, _KILL))
        killed += done.returncode == _KILLED
        world.assert_unharmed(None)
        world.initialise(keys["alice"].fingerprint, keys["bot"].fingerprint)
        assert world.git("rev-list", "--count", "refs/gitprov/ledger") == "1"
        assert world.git("config", "gitprov.genesis") == world.tip()
        world.assert_recovers(world.make_run()[0])
        assert world.findings() == ()
    assert killed > len(mine) // 2


@pytest.mark.parametrize("part", range(_PARTS))
def test_a_change_of_keys_survives_a_kill_at_each_moment(
    part: int, template: FaultWorld, tmp_path: Path, keys: KeyRing, warm: WarmProgram
) -> None:
    """The policy and all that it rests on land together or not at all."""
    args = ("key", "add", "-", "--name", "Olaf")
    certificate = keys.certificate("o1")
    world = copied_world(template, tmp_path / "watched")
    mine = parts(watched(warm, world, *args, stdin=certificate), part)
    killed = 0
    for number, moment in mine:
        world = copied_world(template, tmp_path / f"r{number}")
        before = world.tip()
        done = warm(args, world.path, world.env, certificate, strace=injecting(moment, _KILL))
        killed += done.returncode == _KILLED
        world.assert_unharmed(before)
        has_landed = world.policies() == 2
        again = warm(args, world.path, world.env, certificate, stale_after=_STALE_AFTER)
        assert again.returncode == int(has_landed), again.stderr.decode()
        assert world.policies() == 2
        assert world.findings() == ()
    assert killed > len(mine) // 2


@pytest.mark.parametrize("part", range(_PARTS))
def test_joining_survives_a_kill_at_each_moment(
    part: int, template: FaultWorld, tmp_path: Path, keys: KeyRing, warm: WarmProgram
) -> None:
    """Never a second genesis, never a ledger that was not judged; the next call completes it."""
    options = init_options(keys)
    empty = bare_world(tmp_path / "empty", keys)
    empty.git("remote", "add", "origin", str(template.path))
    world = copied_world(empty, tmp_path / "watched")
    mine = parts(watched(warm, world, "init", *options), part)
    killed = 0
    for number, moment in mine:
        world = copied_world(empty, tmp_path / f"r{number}")
        done = warm(("init", *options), world.path, world.env, strace=injecting(moment, _KILL))
        killed += done.returncode == _KILLED
        world.assert_unharmed(template.tip())
        again = warm(("init", *options), world.path, world.env, stale_after=_STALE_AFTER)
        assert again.returncode == 0, again.stderr.decode()
        assert world.tip() == template.tip()
        assert world.git("config", "gitprov.genesis") == world.tip()
        assert world.git("config", "gitprov.key") == keys["alice"].fingerprint
        world.assert_recovers(world.make_run()[0])
        assert world.findings() == ()
    assert killed > len(mine) // 2
