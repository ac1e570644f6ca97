"""What is refused is written down, and nothing else is (6.5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitprov.errors import Code, RefusedError
from tests.support.faults import founded_world
from tests.support.keys import KeyRing

pytestmark = [pytest.mark.gpg, pytest.mark.git]


def events(world_path: Path) -> list[dict[str, str]]:
    lines = (world_path / ".git/gitprov/audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_silent_edit_is_refused_and_noted(keys: KeyRing, tmp_path: Path) -> None:
    world = founded_world(tmp_path / "r", keys)
    before = world.tip()
    run = ("--agent", "a", "--status", "SUCCESS", "--before", "A", "--after", "B")
    done = world.run("record", "--actor", "ai", *run)
    assert done.returncode == 1
    assert b"HSK-403-SILENT-EDIT" in done.stderr
    assert world.tip() == before
    last = events(world.path)[-1]
    told = {name: last[name] for name in ("action", "code", "actor")}
    assert told == {"action": "refuse", "code": Code.SILENT_EDIT, "actor": {"kind": "AI"}}
    assert not list((world.path / ".git/gitprov").rglob("*.yaml"))


def test_other_content_under_a_known_id_is_refused_and_noted(keys: KeyRing, tmp_path: Path) -> None:
    world = founded_world(tmp_path / "r", keys)
    record, _ = world.make_run()
    world.submit(record)
    before = world.tip()
    other = record.model_copy(update={"status_after": "C"})
    with pytest.raises(RefusedError) as refused:
        world.submit(other)
    assert refused.value.code == Code.DUPLICATE
    assert world.tip() == before
    noted = [(event["action"], event.get("code")) for event in events(world.path)]
    assert noted == [("append", None), ("refuse", Code.DUPLICATE)]


def test_a_key_that_the_policy_does_not_list_is_refused_before_anything_is_written(
    keys: KeyRing, tmp_path: Path
) -> None:
    world = founded_world(tmp_path / "r", keys)
    world.git("config", "gitprov.key", keys["mallory"].fingerprint)
    record, _ = world.make_run()
    before = world.tip()
    with pytest.raises(RefusedError) as refused:
        world.submit(record)
    assert refused.value.code == Code.UNKNOWN_KEY
    assert "gitprov key add" in refused.value.message
    assert world.tip() == before
    assert not list((world.path / ".git/gitprov").rglob("*.yaml"))
    assert events(world.path)[-1]["code"] == Code.UNKNOWN_KEY


def test_every_entry_that_a_key_signs_is_noted(keys: KeyRing, tmp_path: Path) -> None:
    world = founded_world(tmp_path / "r", keys)
    before = world.tip()
    world.submit(world.make_run()[0])
    last = events(world.path)[-1]
    assert (last["action"], last["ref"]) == ("append", "refs/gitprov/ledger")
    assert (last["old"], last["new"]) == (before, world.tip())
    assert last["fingerprint"] == keys["alice"].fingerprint
    assert last["time"].endswith("Z")
