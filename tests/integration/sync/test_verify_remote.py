"""verify --remote judges a remote's ledger; being behind or beside it is not a finding (V16)."""

from __future__ import annotations

import pytest

from tests.integration.sync.conftest import LEDGER, TRACKING, Team, record, tip_of

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def test_a_remote_is_verified_and_nothing_moves(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 2)
    assert one("push").code == 0
    before = two.git("for-each-ref", "refs/gitprov")
    done = two("verify", "--remote", "origin", "--json")
    assert (done.code, done.json["verdict"], done.json["tip"]) == (0, "pass", team.tip())
    (stand,) = done.json["remotes"]
    assert (stand["stand"], stand["ours"], stand["theirs"]) == ("behind", 0, 2)
    assert two.git("for-each-ref", "refs/gitprov") == before


@pytest.mark.parametrize("own", [0, 2])
def test_behind_and_beside_are_information(team: Team, own: int) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one)
    assert one("push").code == 0
    if own:
        record(two, own)
        assert two("pull").code == 0
    else:
        assert two("pull").code == 0
        two.git("update-ref", LEDGER, f"{LEDGER}~1")
    done = two("verify", "--json")
    assert (done.code, done.json["findings"]) == (0, [])
    (stand,) = done.json["remotes"]
    assert stand["stand"] == ("beside" if own else "behind")
    text = two("verify").out
    assert ("join with: gitprov push" if own else "fetch with: gitprov pull") in text


def test_a_remote_that_went_back_is_a_finding(team: Team) -> None:
    one = team.clone("one")
    record(one)
    assert one("push").code == 0
    team.server("update-ref", LEDGER, f"{team.tip()}~1")
    done = one("verify", "--remote", "origin", "--json")
    assert done.code == 1
    assert [finding["code"] for finding in done.json["findings"]] == ["GPV-409-ROLLBACK"]
    assert one("verify").code == 0
    team.server("update-ref", "-d", LEDGER)
    done = one("verify", "--remote", "origin", "--json")
    assert done.code == 1
    codes = [finding["code"] for finding in done.json["findings"]]
    assert codes == ["GPV-409-ROLLBACK", "GPV-404-NO-LEDGER"]


def test_the_last_tip_seen_must_stay_on_the_first_parent_chain(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one)
    assert one("push").code == 0
    seen = team.tip()
    assert one.git("rev-parse", TRACKING) == seen
    # Two merges what one had seen as the mainline: the old tip becomes a branch of the new one.
    other = team.clone("other")
    other.git("update-ref", LEDGER, f"{seen}~1")
    record(other, 2)
    team.server("update-ref", LEDGER, f"{seen}~1")
    team.server("fetch", "--quiet", str(other.path), f"{LEDGER}:{LEDGER}")
    two.git("fetch", "--quiet", str(one.path), f"{LEDGER}:{LEDGER}")
    assert two("push", "--json").json["merges"] == 1
    assert team.server.attempt("merge-base", "--is-ancestor", seen, LEDGER).returncode == 0
    done = one("verify", "--remote", "origin", "--json")
    codes = [finding["code"] for finding in done.json["findings"]]
    assert (done.code, codes[0]) == (1, "GPV-409-SPLIT-VIEW")


def test_out_of_reach_is_no_verdict(team: Team) -> None:
    one = team.clone("one")
    team.server.path.rename(team.folder / "away.git")
    done = one("verify", "--remote", "origin", "--json")
    assert (done.code, done.json["code"]) == (3, "GPV-507-STORAGE")
    assert one("verify", "--remote", "nobody").code == 2
    assert tip_of(one)
