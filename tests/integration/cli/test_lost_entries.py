"""Entries that a fetch, update-ref or a backup took away: found, named, brought back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.git import Git

LEDGER = "refs/gitprov/ledger"
pytestmark = [pytest.mark.git, pytest.mark.gpg]


def record(cli: Cli, count: int = 1) -> list[str]:
    return [cli("record", *RUN, "--json").json["run_id"] for _ in range(count)]


def runs(cli: Cli) -> set[str]:
    listed = cli.git("ls-tree", "-r", "--name-only", LEDGER, "--", "runs")
    return {Path(line).stem for line in listed.splitlines()}


def lost_checks(cli: Cli) -> list[dict[str, str]]:
    checks = cli("doctor", "--json").json["checks"]
    return [check for check in checks if check["section"] == "lost"]


def warnings_of(cli: Cli) -> list[str]:
    report = cli("verify", "--json").json
    assert report["verdict"] in {"pass", "unknown", "fail"}
    return [f["message"] for f in report["findings"] if f["code"] == "GPV-409-ROLLBACK"]


def test_nothing_is_missing_where_all_is_well(cli: Cli) -> None:
    record(cli, 3)
    assert lost_checks(cli) == []
    assert warnings_of(cli) == []
    ended = cli("recover", "--json")
    assert (ended.code, ended.json["lost"], ended.json["restored"]) == (0, [], [])


def test_a_ref_that_was_moved_back_is_found_and_comes_forward(cli: Cli) -> None:
    ids = record(cli, 4)
    tip = cli.git("rev-parse", LEDGER)
    cli.git("update-ref", LEDGER, f"{LEDGER}~3")
    (check,) = lost_checks(cli)
    assert (check["health"], check["remedy"]) == ("problem", "gitprov recover")
    assert cli("doctor").code == 1
    (message,) = warnings_of(cli)
    assert tip[:12] in message
    assert cli("verify", "--json").json["verdict"] == "pass"
    dry = cli("recover", "--dry-run", "--json")
    assert (dry.code, dry.json["lost"][0]["entries"]) == (1, 3)
    assert cli.git("rev-parse", LEDGER) != tip
    done = cli("recover", "--json")
    assert (done.code, done.json["restored"]) == (0, [tip])
    assert cli.git("rev-parse", LEDGER) == tip
    assert runs(cli) == set(ids)
    assert lost_checks(cli) == []
    assert cli("notes", "check").code == 0


def test_the_next_record_warns_and_a_merge_brings_both_together(cli: Cli) -> None:
    ids = record(cli, 3)
    lost = cli.git("rev-parse", LEDGER)
    cli.git("update-ref", LEDGER, f"{LEDGER}~2")
    receipt = cli("record", *RUN, "--json")
    assert receipt.code == 0
    (warning,) = receipt.json["warnings"]
    assert (warning["code"], "gitprov recover" in warning["message"]) == ("GPV-409-ROLLBACK", True)
    assert cli("record", *RUN, "--json").json["warnings"] == []
    (check,) = lost_checks(cli)
    assert lost[:12] in check["message"]
    assert cli("recover").code == 0
    assert runs(cli) >= set(ids)
    assert len(runs(cli)) == 5
    assert cli("verify").code == 0
    assert lost_checks(cli) == []
    assert cli.git("fsck", "--strict", "--no-dangling") == ""


def test_a_deleted_ref_gets_no_second_genesis(cli: Cli) -> None:
    ids = record(cli, 2)
    tip = cli.git("rev-parse", LEDGER)
    cli.git("update-ref", "-d", LEDGER)
    waits = cli("record", *RUN, "--json")
    assert (waits.code, waits.json["state"]) == (0, "spooled")
    assert "gitprov recover" in waits.json["warnings"][0]["message"]
    assert cli.git.attempt("rev-parse", "--verify", "--quiet", LEDGER).returncode != 0
    assert lost_checks(cli) != []
    assert cli("recover").code == 0
    assert cli.git("rev-parse", LEDGER) == tip
    assert cli("flush").code == 0
    assert runs(cli) == {*ids, waits.json["run_id"]}


def test_what_a_forced_fetch_overwrote_comes_back(cli: Cli, tmp_path: Path) -> None:
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    cli.git("push", "--quiet", str(other.path), LEDGER)
    ids = record(cli, 2)
    cli.git("remote", "add", "origin", str(other.path))
    cli.git("config", "remote.origin.fetch", "+refs/*:refs/*")
    cli.git("fetch", "--quiet", "origin")
    assert runs(cli) == set()
    assert cli("recover").code == 0
    assert runs(cli) == set(ids)


def test_pruned_objects_are_named_with_the_other_way(cli: Cli) -> None:
    record(cli, 2)
    cli.git("update-ref", LEDGER, f"{LEDGER}~1")
    cli.git("reflog", "expire", "--expire=now", "--all")
    cli.git("gc", "--quiet", "--prune=now")
    (check,) = lost_checks(cli)
    assert check["remedy"] == "gitprov pull"
    ended = cli("recover", "--json")
    assert (ended.code, ended.json["restored"]) == (1, [])
    assert ended.json["lost"][0]["readable"] is False


def test_a_backup_of_the_refs_is_told_by_the_newer_log(cli: Cli) -> None:
    record(cli)
    backup = cli.path.parent / "backup"
    shutil.copytree(cli.path / ".git/refs", backup)
    ids = record(cli, 2)
    shutil.rmtree(cli.path / ".git/refs")
    shutil.copytree(backup, cli.path / ".git/refs")
    assert lost_checks(cli) != []
    assert cli("recover").code == 0
    assert runs(cli) >= set(ids)


def test_records_that_were_appended_again_are_not_lost(cli: Cli) -> None:
    """The entry is gone from the ref, its records are there: reappend leaves it so."""
    content = cli("record", *RUN, "--dry-run").out
    first = cli("record", "-", "--json", stdin=content).json
    cli.git("update-ref", LEDGER, f"{LEDGER}~1")
    # The clock goes on, so it becomes another entry.
    again = cli("record", *RUN, "--json")
    assert again.json["warnings"] != []
    cli("record", "-", stdin=content)
    assert first["run_id"] in runs(cli)
    assert lost_checks(cli) == []


@pytest.mark.parametrize(
    ("value", "settings", "loses"),
    [
        ("+refs/*:refs/*", {}, True),
        ("+refs/gitprov/*:refs/gitprov/*", {}, True),
        ("+refs/notes/*:refs/notes/*", {}, True),
        ("refs/gitprov/*:refs/gitprov/*", {"fetch.prune": "true"}, True),
        ("refs/gitprov/*:refs/gitprov/*", {"remote.origin.prune": "true"}, True),
        ("+refs/heads/main:refs/gitprov/ledger", {}, True),
        ("+refs/heads/*:refs/remotes/origin/*", {"fetch.prune": "true"}, False),
        ("+refs/gitprov/*:refs/theirs/*", {}, False),
    ],
)
def test_a_refspec_that_loses_records_is_warned_of_and_narrowed(
    cli: Cli, tmp_path: Path, value: str, settings: dict[str, str], loses: bool
) -> None:
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    cli.git("push", "--quiet", str(other.path), "HEAD:refs/heads/main", "HEAD:refs/heads/more")
    cli.git("remote", "add", "origin", str(other.path))
    cli.git("config", "remote.origin.fetch", value)
    for name, setting in settings.items():
        cli.git("config", name, setting)
    told = [w["message"] for w in cli("record", *RUN, "--json").json["warnings"]]
    assert any("doctor --fix" in text for text in told) is loses, told
    again = cli("init", "--offline")
    assert ("doctor --fix" in again.err) is loses, again
    fixed = cli("doctor", "--fix")
    assert ("remote.origin.fetch" in fixed.err) is loses, fixed
    assert cli("record", *RUN, "--json").json["warnings"] == []
    tip, notes = cli.git("rev-parse", LEDGER), cli.git("rev-parse", "refs/notes/gitprov")
    cli.git.attempt("fetch", "--quiet", "origin")
    assert cli.git("rev-parse", LEDGER) == tip
    assert cli.git("rev-parse", "refs/notes/gitprov") == notes
    assert cli("doctor", "--fix").err == ""


def test_what_is_parked_and_other_ledgers_outlive_a_fetch_that_prunes(
    cli: Cli, tmp_path: Path
) -> None:
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    record(cli)
    names = ("refs/gitprov/parked/1", "refs/gitprov/ledgers/team", "refs/gitprov/remotes/o/ledger")
    for name in names:
        cli.git("update-ref", name, LEDGER)
    cli.git("push", "--quiet", str(other.path), f"{LEDGER}:refs/heads/more")
    cli.git("remote", "add", "origin", str(other.path))
    cli.git("config", "remote.origin.fetch", "+refs/*:refs/*")
    cli.git("config", "fetch.prune", "true")
    assert "added remote.origin.fetch = ^refs/gitprov/*" in cli("doctor", "--fix").err
    cli.git.attempt("fetch", "--quiet", "origin")
    found = cli.git("for-each-ref", "--format=%(refname)").splitlines()
    assert {*names, LEDGER, "refs/heads/more"} <= set(found)
    assert cli("push").code == 0
    assert cli("pull").code == 0


def test_a_mirror_is_warned_of_and_made_ordinary(cli: Cli, tmp_path: Path) -> None:
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    record(cli)
    cli.git("remote", "add", "shadow", "--mirror=push", str(other.path))
    (warning,) = cli("record", *RUN, "--json").json["warnings"]
    assert "remote.shadow.mirror is set" in warning["message"]
    assert "remote.shadow.mirror is set" in cli("init", "--offline").err
    assert cli("doctor").code == 1
    assert cli("doctor", "--fix").err == "gitprov: set remote.shadow.mirror = false\n"
    assert cli("record", *RUN, "--json").json["warnings"] == []
    assert cli("doctor").code == 0


@pytest.mark.parametrize("word", ["true", "yes", "1"])
def test_a_mirror_clone_can_be_made_ordinary(cli: Cli, tmp_path: Path, word: str) -> None:
    record(cli)
    cli.git("clone", "--quiet", "--mirror", str(cli.path), str(tmp_path / "mirror.git"))
    mirror = cli.at(tmp_path / "mirror.git")
    mirror.git("config", "remote.origin.mirror", word)
    refused = mirror("record", *RUN)
    assert (refused.code, "gitprov doctor --fix" in refused.err) == (2, True)
    mirror("doctor", "--fix")
    made = record(mirror)
    mirror.git("fetch", "--quiet", "origin")
    assert set(made) <= runs(mirror)


def test_a_refspec_of_another_file_is_kept_away_or_named(cli: Cli, tmp_path: Path) -> None:
    """What is not the repository's own is not edited; an exclusion holds for it as well."""
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    ids = record(cli)
    cli.git("push", "--quiet", str(other.path), f"{LEDGER}:refs/heads/more")
    cli.git("remote", "add", "origin", str(other.path))
    elsewhere = tmp_path / "more.config"
    text = '[remote "origin"]\n\tfetch = +refs/*:refs/*\n\tfetch = +refs/heads/more:{}\n'
    elsewhere.write_text(text.format(LEDGER))
    cli.git("config", "include.path", str(elsewhere))
    assert len(cli("record", *RUN, "--json").json["warnings"]) == 3
    said = cli("doctor", "--fix").err.splitlines()
    assert "gitprov: added remote.origin.fetch = ^refs/gitprov/*" in said
    assert any(line.startswith("gitprov: left ") and str(elsewhere) in line for line in said), said
    assert elsewhere.read_text() == text.format(LEDGER)
    assert cli("doctor").code == 1
    elsewhere.write_text('[remote "origin"]\n\tfetch = +refs/*:refs/*\n')
    assert cli("doctor").code == 0
    cli.git.attempt("fetch", "--quiet", "origin")
    assert set(ids) <= runs(cli)


def test_ordinary_fetching_goes_on_after_the_fix(cli: Cli, tmp_path: Path) -> None:
    other = Git(tmp_path).init(tmp_path / "other.git", "--bare")
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    cli.git("push", "--quiet", str(other.path), "HEAD:refs/heads/more", "HEAD:refs/tags/v1")
    cli.git("remote", "add", "origin", str(other.path))
    cli.git("config", "remote.origin.fetch", "+refs/*:refs/mirror/*")
    cli.git("config", "--add", "remote.origin.fetch", "+refs/gitprov/*:refs/gitprov/*")
    assert cli("doctor", "--fix").code in {0, 1}
    cli.git("fetch", "--quiet", "origin")
    found = cli.git("for-each-ref", "--format=%(refname)", "refs/mirror")
    assert {"refs/mirror/heads/more", "refs/mirror/tags/v1"} <= set(found.splitlines())


def test_the_json_of_recover_has_its_stable_shape(cli: Cli) -> None:
    record(cli)
    cli.git("update-ref", LEDGER, f"{LEDGER}~1")
    content = json.loads(cli("recover", "--json").out)
    assert list(content) == ["schema", "tip", "lost", "restored", "failures"]
    assert list(content["lost"][0]) == ["entry", "height", "entries", "resource", "readable"]
    assert content["lost"][0]["resource"].startswith("run:")
