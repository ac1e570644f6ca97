"""``gitprov doctor`` finds what is wrong, names the remedy, and hides nothing else by it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"


@pytest.fixture
def inside(cli: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """A healthy ledger with one run."""
    program = Inside(cli, capfd)
    cli.git.commit({"a": "b"})
    assert program("record", *RUN, "--commit", "HEAD").code == 0
    return program


def told(inside: Inside, section: str, health: str) -> list[str]:
    """What is said in a section, with the remedy behind it."""
    checks = inside("doctor", "--json").json["checks"]
    return [
        f"{check['message']} -> {check['remedy']}"
        for check in checks
        if check["section"] == section and check["health"] == health
    ]


def test_a_healthy_ledger_has_no_problem(inside: Inside) -> None:
    ended = inside("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert "problem" not in ended.out
    assert "unknown" not in ended.out
    sections = [line for line in ended.lines if not line.startswith(" ")]
    assert sections[:-1] == ["versions", "repository", "file system", "settings", "locks", "audit",
                             "clock", "ledger", "notes", "spool", "keys", "remotes"]  # fmt: skip
    assert "one owner with one key" in ended.out
    assert "fix: add a second key" in ended.out


def test_the_json_has_its_stable_shape(inside: Inside) -> None:
    content = inside("doctor", "--json").json
    assert (content["schema"], content["health"]) == ("gitprov.doctor/v1", "ok")
    assert set(content["checks"][0]) == {"section", "health", "message", "remedy"}


def test_no_repository_is_a_problem(cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    outside = Inside(cli.at(cli.path.parent), capfd)
    ended = outside("doctor")
    assert ended.code == 1
    assert "GPV-501-REPO-UNSUPPORTED" in ended.out
    assert "python" in ended.out


def test_no_ledger_is_a_problem(bare_cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    inside = Inside(bare_cli, capfd)
    assert inside("doctor").code == 1
    (text,) = told(inside, "ledger", "problem")
    assert text.endswith("gitprov init")


def test_a_bad_tip_is_a_problem(inside: Inside) -> None:
    git = inside.cli.git
    tree = git("rev-parse", f"{LEDGER}^{{tree}}")
    git("update-ref", LEDGER, git("commit-tree", "-p", LEDGER, "-m", "forged", tree))
    assert inside("doctor").code == 1
    assert any("GPV-401-UNSIGNED" in text for text in told(inside, "ledger", "problem"))


@pytest.mark.parametrize(
    ("value", "health"), [("1" * 40, "problem"), (None, "warning"), ("right", "ok")]
)
def test_the_pin_is_compared(inside: Inside, value: str | None, health: str) -> None:
    inside.cli.git("config", "--unset-all", "gitprov.genesis")
    if value is not None:
        genesis = inside.cli.git("rev-list", "--max-parents=0", LEDGER)
        inside.cli.git("config", "gitprov.genesis", genesis if value == "right" else value)
    assert any("genesis" in text for text in told(inside, "ledger", health))


@pytest.mark.parametrize(
    ("name", "value", "health"),
    [
        ("remote.origin.fetch", "+refs/*:refs/*", "problem"),
        ("remote.origin.mirror", "true", "problem"),
        ("gc.pruneExpire", "now", "problem"),
        ("transfer.hideRefs", "refs/gitprov", "warning"),
        ("gitprov.agentkye", "x", "warning"),
        ("notes.displayRef", "", "note"),
    ],
)
def test_settings_that_endanger_the_ledger_are_found(
    inside: Inside, name: str, value: str, health: str
) -> None:
    inside.cli.git("config", "--replace-all", name, value)
    assert told(inside, "settings", health) != []
    assert inside("doctor").code == (1 if health == "problem" else 0)


def test_the_remedy_for_a_refspec_works(inside: Inside) -> None:
    inside.cli.git("config", "remote.my-origin.fetch", "+refs/*:refs/*")
    (text,) = told(inside, "settings", "problem")
    command = text.partition("-> ")[2].partition(";")[0]
    assert inside.cli.shell(command).code == 0
    assert told(inside, "settings", "problem") == []


def test_f21_settings_of_an_included_file_count(inside: Inside) -> None:
    (inside.cli.path / ".git" / "more").write_text("[gc]\n\tpruneExpire = now\n")
    inside.cli.git("config", "include.path", "more")
    assert told(inside, "settings", "problem") != []


def test_differing_notes_are_worth_a_warning(inside: Inside) -> None:
    inside.cli.git("update-ref", "-d", "refs/notes/gitprov")
    (text,) = told(inside, "notes", "warning")
    assert text.endswith("gitprov notes rebuild")
    blob = inside.cli.git("hash-object", "-w", "--stdin", stdin="x")
    inside.cli.git("update-ref", "refs/notes/gitprov", blob)
    assert "cannot be compared" in told(inside, "notes", "warning")[0]


def test_what_waits_in_the_spool_is_told(inside: Inside) -> None:
    empty = inside.cli.path.parent / "empty"
    empty.mkdir(mode=0o700)
    locked = Inside(replace(inside.cli, env={"GNUPGHOME": str(empty)}), inside.capture)
    assert locked("record", *RUN).code == 0
    (text,) = told(inside, "spool", "warning")
    assert "1 file of records of the key" in text
    assert text.endswith("gitprov flush")
    assert inside("flush").code == 0
    assert told(inside, "spool", "ok") != []


def test_what_waits_for_a_key_that_the_policy_does_not_list_is_a_problem(
    inside: Inside, keys: KeyRing
) -> None:
    folder = inside.cli.path / ".git/gitprov/spool" / keys["mallory"].fingerprint
    folder.mkdir(parents=True, mode=0o700)
    folder.parent.chmod(0o700)
    (folder / "01a1c506-70fb-7e97-b00d-1c0ffee00123-state.yaml").write_text("text\n")
    (text,) = told(inside, "spool", "problem")
    assert f"1 file of records of the key {keys['mallory'].fingerprint}, which" in text
    assert "waiting since 20" in text
    assert "gitprov key add FILE" in text


def test_what_was_set_aside_is_a_problem(inside: Inside, keys: KeyRing) -> None:
    folder = inside.cli.path / ".git/gitprov/spool" / keys["alice"].fingerprint
    (folder / "01a1c506-70fb-7e97-b00d-1c0ffee00123.yaml").write_text("torn")
    inside("flush")
    (text,) = told(inside, "spool", "problem")
    assert "torn" in text


def test_what_was_set_aside_elsewhere_is_a_problem(inside: Inside, keys: KeyRing) -> None:
    """While the git directory could not be written, records waited below XDG_STATE_HOME."""
    state = inside.cli.path.parent / "state"
    common = inside.cli.path / ".git"
    place = hashlib.sha256(os.fsencode(common)).hexdigest()[:16]
    aside = state / "gitprov/spool" / place / "set-aside" / keys["alice"].fingerprint
    aside.mkdir(parents=True, mode=0o700)
    (aside / "01a1c506-70fb-7e97-b00d-1c0ffee00123.why").write_text("the key was unknown\n")
    elsewhere = replace(inside.cli, env={**inside.cli.env, "XDG_STATE_HOME": str(state)})
    (text,) = told(Inside(elsewhere, inside.capture), "spool", "problem")
    assert "the key was unknown" in text


def test_a_spool_that_others_may_write_to_is_found_out(inside: Inside) -> None:
    (inside.cli.path / ".git/gitprov/spool").chmod(0o777)
    ended = inside("doctor")
    assert ended.code == 3
    assert "others may write" in ended.out
    assert told(inside, "keys", "ok") != []


def test_missing_keys_are_a_problem(inside: Inside) -> None:
    empty = inside.cli.path.parent / "empty"
    empty.mkdir(mode=0o700)
    there = Inside(replace(inside.cli, env={"GNUPGHOME": str(empty)}), inside.capture)
    assert there("doctor").code == 1
    assert len(told(there, "keys", "problem")) == 2


def test_a_locked_key_is_worth_a_warning_and_asks_nobody(
    bare_cli: Cli, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home = Path("/tmp") / f"g{os.getpid()}locked"
    home.mkdir(mode=0o700)
    ring = KeyRing(home)
    try:
        ring.make("locked", passphrase="secret")
        ring.stop_agent()  # what it has cached is forgotten
        secret = tmp_path / "passphrase"
        secret.write_text("secret\n")
        cli = replace(bare_cli, env={"GNUPGHOME": str(home)})
        unlocked = Inside(
            replace(cli, env={**cli.env, "GITPROV_PASSPHRASE_FILE": str(secret)}), capfd
        )
        inside = Inside(cli, capfd)
        key = ring["locked"].fingerprint
        assert unlocked("init", "--key", key, "--agent-key", "none").code == 0
        ring.stop_agent()
        before = time.monotonic()
        warnings = told(inside, "keys", "warning")
        assert time.monotonic() - before < 30
        assert any("cannot sign unattended" in text for text in warnings)
        assert any("sign with an owner's key" in text for text in warnings)
        ring.stop_agent()
        assert not any("unattended" in text for text in told(unlocked, "keys", "warning"))
    finally:
        ring.stop_agent()
        for path in sorted(home.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        home.rmdir()


def test_an_edited_audit_log_is_a_problem(inside: Inside) -> None:
    inside("record", "--agent", "x", "--actor", "ai", "--status", "SUCCESS")  # refused, noted
    log = inside.cli.path / ".git/gitprov/audit.jsonl"
    assert told(inside, "audit", "ok") != []
    log.write_text(log.read_text().replace("refuse", "accept") + log.read_text())
    assert told(inside, "audit", "problem") != []


def test_stale_locks_are_found(inside: Inside) -> None:
    lock = inside.cli.path / ".git" / f"{LEDGER}.lock"
    lock.touch()
    assert "is being moved right now" in told(inside, "locks", "note")[0]
    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    assert "is locked for" in told(inside, "locks", "problem")[0]


def test_v_03_a_replaced_object_is_worth_a_warning(inside: Inside) -> None:
    git = inside.cli.git
    git("replace", git("rev-parse", LEDGER), git("rev-parse", f"{LEDGER}~1"))
    assert told(inside, "repository", "warning") != []


def test_grafts_are_a_problem(inside: Inside) -> None:
    (inside.cli.path / ".git/info").mkdir(exist_ok=True)
    (inside.cli.path / ".git/info/grafts").write_text("")
    assert inside("doctor").code == 1
    assert "GPV-501" in told(inside, "repository", "problem")[0]


def test_a_ledger_of_its_own_is_told(bare_cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    inside = Inside(bare_cli, capfd)
    assert inside("init", "--store", "../ledger.git", "--key", "alice@example.org").code == 0
    (text,) = told(inside, "repository", "ok")
    assert "a repository of its own" in text
    assert inside("doctor").code == 0


def test_v_19_nothing_in_the_repository_is_executed(inside: Inside) -> None:
    marker = inside.cli.path / "ran"
    hostile = inside.cli.path / "hostile"
    hostile.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hostile.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.sshCommand", "core.pager", "core.editor"):
        inside.cli.git("config", name, str(hostile))
    assert inside("doctor").code == 0
    assert not marker.exists()
