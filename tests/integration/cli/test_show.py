"""``gitprov show`` as a reader calls it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"


@pytest.fixture
def inside(cli: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """The program in a repository of its own, called without a process."""
    return Inside(cli, capfd)


@pytest.fixture
def run_id(inside: Inside) -> str:
    """The id of the only run."""
    ended = inside("record", *RUN, "--note", "a \u2603 note", "--json")
    return str(ended.json["run_id"])


def test_a_run_is_shown_with_its_entry_signer_and_verdict(
    inside: Inside, run_id: str, keys: KeyRing
) -> None:
    ended = inside("show", run_id)
    assert (ended.code, ended.err) == (0, "")
    tip = inside.cli.git("rev-parse", LEDGER)
    key = keys["alice"]
    assert ended.lines[0] == f"run        {run_id}"
    assert ended.lines[1] == f"entry      {tip[:12]} at height 1"
    assert ended.lines[3] == f"signer     {key.name} <{key.email}> {key.fingerprint}"
    assert ended.lines[4] == "verdict    pass"
    assert 'agent_name: "demo"' in ended.lines
    assert 'notes: "a \u2603 note"' in ended.lines


def test_the_json_has_its_stable_shape(inside: Inside, run_id: str, keys: KeyRing) -> None:
    content = inside("show", run_id, "--json").json
    assert content["schema"] == "gitprov.show/v1"
    assert content["record"]["run_id"] == run_id
    entry = content["entry"]
    assert entry == {
        "oid": inside.cli.git("rev-parse", LEDGER),
        "height": 1,
        "signer": keys["alice"].name,
        "fingerprint": keys["alice"].fingerprint,
        "time": entry["time"],
        "accepted_height": 1,
    }
    assert entry["time"].endswith(".000Z")
    assert (content["amendments"], content["verdict"], content["findings"]) == ([], "pass", [])
    assert (content["withdrawn"], content["disputed"], content["expunged_by"]) == (
        False,
        False,
        None,
    )


def test_raw_prints_the_stored_bytes_and_nothing_else(inside: Inside, run_id: str) -> None:
    ended = inside("show", "--raw", run_id[:13])
    path = inside.cli.git("ls-tree", "-r", "--name-only", LEDGER, "runs")
    assert ended.out.encode() == inside.cli.git.raw("cat-file", "blob", f"{LEDGER}:{path}")
    raw = inside("show", "--raw", inside.cli.git("rev-parse", LEDGER))
    assert raw.out.encode() == inside.cli.git.raw("cat-file", "commit", LEDGER)


def test_an_entry_is_found_by_the_beginning_of_its_object_id(inside: Inside, run_id: str) -> None:
    tip = inside.cli.git("rev-parse", LEDGER)
    assert inside("show", tip[:10], "--json").json["record"]["run_id"] == run_id
    genesis = inside.cli.git("rev-list", "--max-parents=0", LEDGER)
    ended = inside("show", genesis)
    assert ended.code == 0
    assert "policy     0001" in ended.lines
    content = inside("show", genesis, "--json").json
    assert content["record"] is None
    assert [each["kind"] for each in content["records"]] == ["key", "key", "ledger", "policy"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("01a1c506-70fb-7e97-b00d-1c0ffee00123", 1, "GPV-404-LINK"),
        ("ffffffffff", 1, "GPV-404-LINK"),
        ("zzz", 2, "GPV-422-ARGUMENT"),
        ("", 2, "GPV-422-ARGUMENT"),
        ("--upload-pack=id", 2, "GPV-422-ARGUMENT"),
        ("-C", 2, "GPV-422-ARGUMENT"),
        ("ext::sh -c id", 2, "GPV-422-ARGUMENT"),
        ("rnu:01a1c506", 2, "GPV-422-ARGUMENT"),
        ("a" * 5000, 2, "GPV-422-ARGUMENT"),
        ("\x1b[31m", 2, "GPV-422-ARGUMENT"),
        ("Ünïcödé", 2, "GPV-422-ARGUMENT"),
    ],
)
def test_what_names_nothing_is_told_apart(
    inside: Inside, run_id: str, text: str, code: int, said: str
) -> None:
    assert run_id
    ended = inside("show", text)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "\x1b" not in ended.err


def test_an_ambiguous_beginning_lists_the_candidates(inside: Inside, run_id: str) -> None:
    other = inside("record", *RUN, "--json").json["run_id"]
    ended = inside("show", run_id[:4])
    assert ended.code == 2
    assert run_id in ended.err
    assert other in ended.err
    details = inside("show", run_id[:4], "--json").json["details"]
    assert set(details["candidates"]) == {f"run:{run_id}", f"run:{other}"}


def test_a_bad_entry_is_shown_and_ends_with_one(inside: Inside, run_id: str) -> None:
    git = inside.cli.git
    raw = git.raw("cat-file", "commit", LEDGER).replace(b"Gitprov-Height: 1", b"Gitprov-Height: 7")
    oid = git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw)
    git("update-ref", LEDGER, oid)
    ended = inside("show", run_id)
    assert ended.code == 1
    assert "verdict    fail" in ended.lines
    assert any("GPV-401-BAD-SIGNATURE" in line for line in ended.lines)
    content = inside("show", run_id, "--json")
    assert (content.code, content.json["verdict"]) == (1, "fail")
    assert content.json["findings"][0]["code"] == "GPV-401-BAD-SIGNATURE"
    assert inside("show", "--raw", run_id).code == 0


def test_a_record_that_waits_in_the_spool_is_told_apart(inside: Inside, tmp_path: Path) -> None:
    locked = Inside(replace(inside.cli, env={"GNUPGHOME": str(tmp_path)}), inside.capture)
    waiting = locked("record", *RUN, "--json").json
    assert waiting["state"] == "spooled"
    for flags in ((), ("--raw",)):
        ended = inside("show", waiting["run_id"], *flags)
        assert (ended.code, ended.out) == (1, "")
        assert "gitprov flush" in ended.err
    (inside.cli.path / ".git/gitprov/spool").chmod(0o777)
    assert "GPV-404-LINK" in inside("show", waiting["run_id"]).err


def test_raw_and_json_exclude_each_other(inside: Inside, run_id: str) -> None:
    assert inside("show", "--raw", "--json", run_id).code == 2


def test_no_ledger_is_wrong_use(bare_cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    ended = Inside(bare_cli, capfd)("show", "01a1c506")
    assert ended.code == 2
    assert "GPV-404-NO-LEDGER" in ended.err


def test_a_process_of_its_own_ends_alike(cli: Cli) -> None:
    run_id = cli("record", *RUN, "--json").json["run_id"]
    ended = cli("show", run_id)
    assert (ended.code, ended.err) == (0, "")
    assert cli("show", "ffffffff").code == 1
