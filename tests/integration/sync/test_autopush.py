"""Recording with --push: in the background it delays and fails nothing; =wait is for CI."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sync.conftest import Team, runs_of, tip_of
from tests.support.cli_world import RUN, Cli

pytestmark = [pytest.mark.git, pytest.mark.gpg]

_LONGEST = 60


def outcome(cli: Cli) -> dict[str, Any]:
    """Wait for what a push in the background leaves."""
    path = cli.path / ".git/gitprov/push.json"
    end = time.monotonic() + _LONGEST
    while not path.exists():
        assert time.monotonic() < end, "no push ended"
        time.sleep(0.05)
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def test_it_is_sent_in_the_background(team: Team) -> None:
    one = team.clone("one")
    done = one("record", *RUN, "--push", "--json")
    assert (done.code, done.err) == (0, "")
    assert outcome(one)["sent"] == 1
    assert done.json["run_id"] in runs_of(team.server)


def test_the_setting_does_the_same(team: Team) -> None:
    one = team.clone("one")
    one.git("config", "gitprov.autopush", "true")
    done = one("record", *RUN)
    assert (done.code, done.err) == (0, "")
    assert outcome(one)["sent"] == 1
    assert team.tip() == tip_of(one)


def test_a_failure_in_the_background_is_kept_and_fails_nothing(team: Team) -> None:
    one = team.clone("one")
    team.server.path.rename(team.folder / "away.git")
    done = one("record", *RUN, "--push")
    assert (done.code, done.err) == (0, "")
    assert outcome(one)["code"] == "GPV-507-STORAGE"
    shown = one("doctor")
    assert "the last push in the background failed: GPV-507-STORAGE" in shown.out


def test_the_flag_alone_takes_no_other_argument(team: Team) -> None:
    one = team.clone("one")
    draft = one.path / "draft.yaml"
    draft.write_text(one("record", *RUN, "--dry-run").out)
    done = one("record", "--push", "draft.yaml")
    assert (done.code, done.err) == (0, "")
    assert outcome(one)["sent"] == 1


def test_waiting_says_how_it_ended(team: Team) -> None:
    one = team.clone("one")
    done = one("record", *RUN, "--push=wait", "--json")
    assert done.code == 0
    assert "sent 1 entry" in done.err
    assert done.json["run_id"] in runs_of(team.server)
    team.server.path.rename(team.folder / "away.git")
    done = one("record", *RUN, "--push=wait", "--json")
    assert (done.code, done.json["state"]) == (0, "recorded")
    (said,) = [line for line in done.err.splitlines() if "but not sent" in line]
    assert done.json["run_id"] in said
    assert "GPV-507-STORAGE" in said
    assert one("record", *RUN, "--push=wait", "--strict").code == 3


def test_a_batch_is_sent_as_well(team: Team) -> None:
    one = team.clone("one")
    drafts = "".join(one("record", *RUN, "--dry-run").out + "---\n" for _ in range(3))
    done = one("record", "--batch", "--push=wait", "-", stdin=drafts.removesuffix("---\n"))
    assert (done.code, len(done.lines)) == (0, 3)
    assert team.tip() == tip_of(one)


@pytest.mark.parametrize("word", ["sometimes", "background"])
def test_an_odd_setting_fails_no_record(team: Team, word: str) -> None:
    one = team.clone("one")
    one.git("config", "gitprov.autopush", word)
    done = one("record", *RUN, "--push=off")
    assert (done.code, done.err) == (0, "")
    if word == "sometimes":
        done = one("record", *RUN)
        assert done.code == 0
        assert "warning: GPV-422-ARGUMENT: gitprov.autopush" in done.err
    assert team.tip() != tip_of(one)


def test_a_folder_of_the_same_name_is_not_run(team: Team) -> None:
    one = team.clone("one")
    trap = one.path / "gitprov"
    trap.mkdir()
    (trap / "__main__.py").write_text(f"open({str(Path(team.folder, 'sprung'))!r}, 'w')\n")
    (trap / "__init__.py").write_text("")
    below = one.path / "below"
    below.mkdir()
    done = Cli(below, one.env)("record", *RUN, "--push")
    assert done.code == 0
    assert outcome(one)["sent"] == 1
    assert not (team.folder / "sprung").exists()
