"""A short soak: the long ones are run by hand (`make soak`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gitprov.model.receipt import RecordState
from tests.soak.checks import Found, lost, out_of_order
from tests.soak.driver import wrong_with
from tests.soak.journal import Journal, Promise, read_promises
from tests.support.faults import LEDGER, FaultWorld
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_SEED = "20261121"


def test_f18_f19_f20_f22_f30_a_soak_of_ten_seconds() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.soak",
            "--seconds",
            "10",
            "--seed",
            _SEED,
            "--writers",
            "4",
            "--pushers",
            "2",
        ],
        cwd=ROOT,
        env={n: v for n, v in os.environ.items() if not n.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    found = re.search(r"(\d+) acknowledged, (\d+) kills, .* 0 lost, 0 twice$", last)
    assert found is not None, last
    assert int(found[1]) > 0
    assert int(found[2]) > 0


def promise(started: int, ended: int, *ids: str, state: str = "recorded") -> Promise:
    return Promise(started, ended, RecordState(state), ids)


def test_a_journal_keeps_whole_promises_only(tmp_path: Path) -> None:
    path = tmp_path / "writer"
    journal = Journal(path)
    journal.write(1, 2, RecordState.RECORDED, ["a", "b"])
    journal.write(3, 4, RecordState.RECORDED, [])
    with path.open("a", encoding="ascii") as file:
        file.write("5 6 recorded c,d")  # killed while it wrote
    Journal(path).write(7, 8, RecordState.SPOOLED, ["e"])
    expected = [promise(1, 2, "a", "b"), promise(7, 8, "e", state="spooled")]
    assert list(read_promises(tmp_path)) == expected


def test_what_is_missing_is_lost_also_if_it_was_only_spooled() -> None:
    found = Found({"a": 1}, [], [])
    assert lost(found, [promise(0, 1, "a"), promise(1, 2, "b", state="spooled")]) == ["b"]


def test_an_order_that_real_time_forbids_is_seen() -> None:
    early, late = promise(0, 10, "early"), promise(20, 30, "late")
    assert list(out_of_order(Found({"early": 1, "late": 2}, [], []), [early, late])) == []
    (told,) = out_of_order(Found({"early": 2, "late": 1}, [], []), [early, late])
    assert told.startswith("early in entry 2")


def test_what_overlaps_or_waited_may_stand_in_any_order() -> None:
    found = Found({"first": 2, "second": 1}, [], [])
    overlapping = [promise(0, 10, "first"), promise(5, 30, "second")]
    assert list(out_of_order(found, overlapping)) == []
    waited = [promise(0, 10, "first", state="spooled"), promise(20, 30, "second")]
    assert list(out_of_order(found, waited)) == []


def test_a_ledger_that_went_back_is_told(world: FaultWorld) -> None:
    """So the soak sees what it must see."""
    ids = [world.submit(world.make_run()[0]).run_id for _ in range(2)]
    promises = [promise(number, number + 1, run_id) for number, run_id in enumerate(ids)]
    assert list(wrong_with(world.path, promises)) == []
    world.git("update-ref", LEDGER, f"{LEDGER}~1")
    assert list(wrong_with(world.path, promises)) == [f"lost: {ids[1]}"]
    world.git("update-ref", LEDGER, world.git("commit-tree", "-m", "x", f"{LEDGER}~1^{{tree}}"))
    assert f"lost: {ids[0]}" in list(wrong_with(world.path, promises))
