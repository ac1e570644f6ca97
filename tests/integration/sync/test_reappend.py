"""Reappend: records whose entries can never land are appended on the remote's tip, unchanged."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.integration.sync.conftest import LEDGER, Team, record, runs_of, tip_of
from tests.support.cli_world import ENTRY, RUN, Cli
from tests.support.git import Git

pytestmark = [pytest.mark.git, pytest.mark.gpg]

SYSTEM = (*RUN[:3], "system", *RUN[4:])


def record_as_system(cli: Cli) -> str:
    done = cli("record", *SYSTEM, "--json")
    assert (done.code, done.err) == (0, "")
    run_id = done.json["run_id"]
    assert isinstance(run_id, str)
    return run_id


def blob_of(git: Git, run_id: str, rev: str = LEDGER) -> str:
    """The object id of a run's record: equal ids are equal bytes."""
    paths = git("ls-tree", "-r", rev, "--", "runs").splitlines()
    (line,) = (line for line in paths if run_id in line)
    return line.split()[2]


def parked(cli: Cli) -> list[str]:
    return cli.git("for-each-ref", "--format=%(refname)", "refs/gitprov/parked").splitlines()


def replace_bot(team: Team, two: Cli) -> None:
    """The owner revokes the agents' key, lists another one, and pushes both."""
    bot, other = team.keys["bot"].fingerprint, team.keys["o1"].fingerprint
    done = two("key", "revoke", bot, "--from-height", "2", "--reason", "lost")
    assert done.code == 0, done.err
    certificate = team.folder / "o1.asc"
    certificate.write_bytes(team.keys.gpg("--armor", "--export", other))
    done = two("key", "add", str(certificate), "--name", "O1", "--actor-kinds", "system,ai")
    assert done.code == 0, done.err
    assert two("push").code == 0


def test_records_of_a_key_that_was_revoked_meanwhile(team: Team) -> None:
    team.guard()
    one, two = team.clone("one"), team.clone("two")
    mine = [*record(one), record_as_system(one)]
    before = [blob_of(one.git, run_id) for run_id in mine]
    old = tip_of(one)
    replace_bot(team, two)
    done = one("push")
    assert done.code == 1
    assert "GPV-403-KEY-REVOKED" in done.err
    assert "gitprov reappend" in done.err
    assert tip_of(one) == old
    one.git("config", "gitprov.agentKey", team.keys["o1"].fingerprint)
    done = one("reappend", "--json")
    assert (done.code, done.err) == (0, "")
    assert (done.json["records"], done.json["left"], done.json["waiting"]) == (2, [], 0)
    assert [blob_of(one.git, run_id) for run_id in mine] == before
    assert one.git("rev-parse", done.json["parked"]) == old
    assert parked(one) == [done.json["parked"]]
    assert one("verify", "--json").json["verdict"] == "pass"
    assert one("push").code == 0
    assert set(mine) <= runs_of(team.server)
    assert team.server("for-each-ref", "refs/gitprov/parked") == ""


def test_what_nobody_here_may_sign_stays_parked_and_is_named(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    human, system = record(one)[0], record_as_system(one)
    replace_bot(team, two)
    done = one("reappend", "--json")
    assert done.code == 1
    assert done.json["records"] == 1
    (left,) = done.json["left"]
    assert system in left["path"]
    assert "is revoked" in left["reason"]
    assert human in runs_of(one.git)
    assert system not in runs_of(one.git)
    assert blob_of(one.git, system, done.json["parked"])


@pytest.mark.parametrize("why", ["a revoked key", "a change of policy"])
def test_what_stays_parked_is_not_told_as_lost(team: Team, why: str) -> None:
    one, two = team.clone("one"), team.clone("two")
    if why == "a revoked key":
        record_as_system(one)
        replace_bot(team, two)
    else:
        record(two)
        assert two("push").code == 0
        certificate = team.folder / "o1.asc"
        certificate.write_bytes(team.keys.gpg("--armor", "--export", team.keys["o1"].fingerprint))
        assert one("key", "add", str(certificate), "--name", "O1", "--offline").code == 0
        assert one("push").code == 1
    assert one("reappend").code == 1
    assert "gitprov recover" not in one("doctor").out
    assert "GPV-409-ROLLBACK" not in one("verify").out
    assert one("record", *RUN, "--json").json["warnings"] == []
    recovered = one("recover", "--json")
    assert (recovered.code, recovered.json["lost"]) == (0, [])
    # What is taken away after that is.
    one.git("update-ref", LEDGER, f"{LEDGER}~1")
    assert one("doctor").code == 1
    assert one("recover").code == 0


def test_what_others_signed_is_named_and_not_touched(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    run_id = record_as_system(one)
    replace_bot(team, two)
    only_alice = team.folder / "gnupg"
    only_alice.mkdir(mode=0o700)
    secret = team.keys.gpg("--armor", "--export-secret-keys", team.keys["alice"].fingerprint)
    environment = {**os.environ, "GNUPGHOME": str(only_alice)}
    subprocess.run(["gpg", "--batch", "-q", "--import"], input=secret, env=environment, check=True)
    try:
        done = one("reappend", "--json", GNUPGHOME=str(only_alice))
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False)
    assert done.code == 1
    (left,) = done.json["left"]
    assert run_id in left["path"]
    assert "signed by 'bot'" in left["reason"].lower()


def test_moving_over_to_another_ledger(team: Team, git: Git) -> None:
    genesis = team.server("rev-list", "--max-parents=0", LEDGER)
    own = Cli(git.init(team.folder / "own").path, {"GNUPGHOME": str(team.keys.home)})
    key = team.keys["alice"].fingerprint
    assert own("init", "--key", key, "--agent-key", "none").code == 0
    made = record(own, 2)
    own.git("remote", "add", "origin", str(team.server.path))
    refused = own("push", "--json")
    assert (refused.code, refused.json["code"]) == (1, "GPV-409-ROLLBACK")
    done = own("reappend", "--genesis", genesis, "--json")
    assert done.code == 1, done.err
    assert done.json["records"] == 2
    kinds = {left["path"].split("/")[0] for left in done.json["left"]}
    assert kinds == {"ledger.yaml", "policy", "keys"}
    assert set(made) <= runs_of(own.git)
    assert own.git("config", "gitprov.genesis") == genesis
    assert own("verify", "--json").json["verdict"] == "pass"
    assert own("push").code == 0


def test_what_can_land_is_not_appended_anew(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    assert "nothing was changed" in one("reappend").out
    record(one)
    done = one("reappend", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-422-ARGUMENT")
    record(two)
    assert two("push").code == 0
    done = one("reappend", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-422-ARGUMENT")
    assert "gitprov push" in done.json["message"]
    assert parked(one) == []
    done = one("reappend", "--anyway", "--json")
    assert (done.code, done.json["records"]) == (0, 1)


def test_records_that_are_there_already_are_not_sent_twice(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    draft = team.folder / "draft.yaml"
    done = one("record", *RUN, "--dry-run")
    draft.write_text(done.out)
    assert one("record", str(draft)).code == 0
    time.sleep(1.1)  # in one second the same key makes the same entry of the same record
    assert two("record", str(draft)).code == 0
    assert tip_of(one) != tip_of(two)
    record(two)
    assert two("push").code == 0
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-MERGE-REWRITE")
    done = one("reappend", "--json")
    assert (done.code, done.json["records"], done.json["known"]) == (0, 0, 1)
    assert tip_of(one) == team.tip()


@pytest.mark.slow
@pytest.mark.parametrize("moment", [1, 3, 5])
def test_a_kill_loses_nothing(team: Team, moment: int) -> None:
    one, two = team.clone("one"), team.clone("two")
    mine = [*record(one, 2), record_as_system(one)]
    replace_bot(team, two)
    one.git("config", "gitprov.agentKey", team.keys["o1"].fingerprint)
    running = subprocess.Popen(
        [*ENTRY, "reappend"], cwd=one.path, env=one.environment(), stdout=-3, stderr=-3
    )
    time.sleep(0.35 * moment)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = one("reappend")
    if done.code == 2:
        assert "gitprov push" in done.err  # everything had been done
    one("flush")
    assert set(mine) <= runs_of(one.git)
    assert one("push").code == 0
    assert set(mine) <= runs_of(team.server)
