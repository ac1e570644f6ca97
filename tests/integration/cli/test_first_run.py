"""The first record founds the ledger where that is clear, and else waits for one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import gitprov
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing, new_ring

JOB, FLOW = "018f0000-0000-7000-8000-00000000000a", "018f0000-0000-7000-8000-00000000000b"
AI = ("--agent", "a", "--actor", "ai", "--status", "SUCCESS", "--before", "A", "--after", "B",
      "--job-id", JOB, "--workflow-id", FLOW)  # fmt: skip


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    """Two keys of a user who has set up nothing yet."""
    with new_ring("me", "machine") as made:
        yield made


@pytest.fixture
def fresh(bare_cli: Cli, ring: KeyRing) -> Cli:
    """A repository without ledger and without remotes."""
    return Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})


def runs(cli: Cli) -> int:
    return len(cli("log", "--jsonl").lines)


@pytest.mark.parametrize("setting", ["user.signingKey", "gitprov.key"])
def test_with_a_known_key_the_first_record_founds_the_ledger(
    fresh: Cli, ring: KeyRing, setting: str
) -> None:
    fresh.git("config", setting, ring["me"].fingerprint)
    first = fresh("record", *RUN, "--json")
    assert (first.code, first.json["state"], first.json["height"]) == (0, "recorded", 1)
    assert first.json["warnings"] == []
    (line,) = first.err.splitlines()
    assert line.startswith("gitprov: founded the ledger ")
    assert line.endswith(f"owned by the key {ring['me'].fingerprint}")
    assert fresh("record", *RUN).err == ""
    assert fresh("verify").code == 0
    assert fresh.git("config", "gitprov.genesis")
    listed = json.loads(fresh("key", "list", "--json").out)["keys"]
    assert [key["key"] for key in listed] == [ring["me"].fingerprint]  # no key was made


def test_an_agents_key_that_is_known_gets_on_it(fresh: Cli, ring: KeyRing) -> None:
    fresh.git("config", "gitprov.key", ring["me"].fingerprint)
    fresh.git("config", "gitprov.agentKey", ring["machine"].fingerprint)
    assert fresh("record", *AI).code == 0
    assert runs(fresh) == 1
    shown = fresh("show", json.loads(fresh("log", "--jsonl").out)["run_id"], "--json").json
    assert shown["entry"]["fingerprint"] == ring["machine"].fingerprint
    assert fresh("verify").code == 0


def waits(cli: Cli, *args: str) -> str:
    ended = cli("record", *args, "--json")
    assert (ended.code, ended.json["state"], ended.json["entry"]) == (0, "spooled", None), ended.err
    assert ended.json["warnings"][0]["code"] == "GPV-404-NO-LEDGER"
    assert "gitprov init" in ended.err
    return str(ended.json["run_id"])


def test_without_a_key_it_waits_and_init_takes_it_along(fresh: Cli, ring: KeyRing) -> None:
    ids = [waits(fresh, *RUN), waits(fresh, *RUN)]
    assert fresh("record", *RUN, "--strict").code == 3
    plain = fresh("record", *RUN)
    assert (plain.code, plain.out.rstrip().endswith("gitprov init")) == (0, True)
    made = fresh("init", "--key", ring["me"].fingerprint, "--agent-key", "none")
    assert (made.code, "took along" in made.err, "4 records" in made.err) == (0, True, True)
    assert runs(fresh) == 4
    for run_id in ids:
        assert fresh("show", run_id).code == 0
    assert fresh("verify").code == 0
    assert "nothing waits" in fresh("doctor").out


def test_an_agents_record_does_not_make_a_persons_key_an_owner(fresh: Cli, ring: KeyRing) -> None:
    fresh.git("config", "user.signingKey", ring["me"].fingerprint)
    waits(fresh, *AI)
    assert fresh.git("for-each-ref") == ""


def test_where_a_remote_may_have_a_ledger_it_waits(fresh: Cli, ring: KeyRing) -> None:
    fresh.git("config", "user.signingKey", ring["me"].fingerprint)
    fresh.git("remote", "add", "origin", "/nowhere.git")
    waits(fresh, *RUN)
    assert fresh.git("for-each-ref") == ""


def test_where_founding_fails_it_waits_with_the_reason(fresh: Cli, ring: KeyRing) -> None:
    fresh.git("config", "user.signingKey", "nobody@example.org")
    waiting = fresh("record", *RUN)
    assert (waiting.code, "no secret key" in waiting.err) == (0, True)
    fresh.git("config", "user.signingKey", ring["me"].fingerprint)
    assert fresh("record", *RUN).code == 0
    assert runs(fresh) == 2  # the one that waited came along


def test_three_in_a_row_are_said_everywhere(fresh: Cli) -> None:
    alarm = "3 times in a row what was recorded had to wait"
    for _ in range(2):
        assert alarm not in fresh("record", *RUN).err
        assert "in a row" not in fresh("log").err + fresh("verify").err
    assert alarm in fresh("record", *RUN).err
    assert alarm in fresh("log").err
    assert alarm in fresh("verify").err
    found = fresh("doctor")
    assert (found.code, "3 files of records for a ledger" in found.out) == (1, True)


def test_an_id_that_waits_for_a_ledger_keeps_its_content(fresh: Cli, ring: KeyRing) -> None:
    run_id = waits(fresh, *RUN)
    refused = fresh("record", "-", stdin=draft(run_id))
    assert (refused.code, "GPV-409-DUPLICATE" in refused.err) == (1, True)
    assert fresh("init", "--key", ring["me"].fingerprint, "--agent-key", "none").code == 0
    assert runs(fresh) == 1


def test_one_that_the_policy_refuses_is_set_aside_alone(fresh: Cli, ring: KeyRing) -> None:
    waits(fresh, *AI)
    good = waits(fresh, *RUN)
    keys = ("--key", ring["me"].fingerprint, "--agent-key", ring["machine"].fingerprint)
    assert fresh("init", *keys).code == 0
    assert runs(fresh) == 2
    assert fresh("show", good).code == 0


def test_it_waits_for_the_python_api_too(
    fresh: Cli, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    values = {"agent_name": "a", "run_status": "SUCCESS", "status_before": "A", "status_after": "B"}
    run = {**values, "mutation": {"actor_kind": "HUMAN"}}
    with gitprov.open_ledger(fresh.path) as ledger:
        assert ledger.append(run).state == "spooled"
    fresh.git("config", "user.signingKey", ring["me"].fingerprint)
    with gitprov.open_ledger(fresh.path) as ledger:
        assert ledger.append(run).state == "recorded"
    assert runs(fresh) == 2


def test_a_repository_that_needs_a_store_of_its_own_gets_one(fresh: Cli, ring: KeyRing) -> None:
    wide = fresh.at(fresh.git.init(fresh.path.parent / "wide", "--object-format=sha256").path)
    wide.git("config", "user.signingKey", ring["me"].fingerprint)
    assert wide("record", *RUN).code == 0
    assert runs(wide) == 1


def draft(run_id: str) -> str:
    values = {"agent_name": "other", "run_status": "SUCCESS", "status_before": "A"}
    more = {"status_after": "B", "mutation": {"actor_kind": "HUMAN"}, "run_id": run_id}
    return json.dumps({**values, **more})
