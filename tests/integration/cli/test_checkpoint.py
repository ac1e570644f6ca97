"""``gitprov checkpoint`` as a user calls it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"


@pytest.fixture
def inside(cli: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """A ledger with one run."""
    program = Inside(cli, capfd)
    assert program("record", *RUN).code == 0
    return program


def test_a_checkpoint_holds_against_its_ledger(inside: Inside, keys: KeyRing) -> None:
    ended = inside("checkpoint", "write", "../c.txt")
    assert (ended.code, ended.err) == (0, "")
    file = inside.cli.path.parent / "c.txt"
    assert file.stat().st_mode & 0o777 == 0o644
    text = file.read_text()
    assert text.startswith('schema_version: "v1.0"\nkind: "checkpoint"\n')
    assert f'tip: "{inside.cli.git("rev-parse", LEDGER)}"' in text
    assert f'signer: "{keys["alice"].fingerprint}"' in text
    assert inside("record", *RUN).code == 0
    ended = inside("checkpoint", "check", "../c.txt")
    assert ended.code == 0
    assert "verdict    pass" in ended.lines
    content = inside("checkpoint", "check", "../c.txt", "--json").json
    assert (content["verdict"], content["height"], content["findings"]) == ("pass", 2, [])
    assert content["checkpoint"]["height"] == 1
    assert inside("verify", "--checkpoint", "../c.txt").code == 0


def test_v_12_a_ledger_that_was_cut_off_ends_with_one(inside: Inside) -> None:
    inside("checkpoint", "write", "../c.txt")
    inside.cli.git("update-ref", LEDGER, f"{LEDGER}~1")
    ended = inside("checkpoint", "check", "../c.txt")
    assert ended.code == 1
    assert any(line.startswith("GPV-409-ROLLBACK") for line in ended.lines)
    ended = inside("verify", "--checkpoint", "../c.txt", "--json")
    assert (ended.code, ended.json["findings"][0]["code"]) == (1, "GPV-409-ROLLBACK")
    content = inside("checkpoint", "check", "../c.txt", "--json").json
    assert content["findings"][0]["code"] == "GPV-409-ROLLBACK"


def test_x_06_what_is_there_is_not_overwritten_unasked(inside: Inside) -> None:
    file = inside.cli.path / "c.txt"
    file.write_text("precious")
    ended = inside("checkpoint", "write", "c.txt")
    assert (ended.code, file.read_text()) == (2, "precious")
    assert "GPV-422-ARGUMENT" in ended.err
    assert inside("checkpoint", "write", "c.txt", "--force").code == 0
    assert inside("checkpoint", "check", "c.txt").code == 0


@pytest.mark.parametrize("flags", [(), ("--force",)])
def test_x_06_a_symbolic_link_is_refused(inside: Inside, flags: tuple[str, ...]) -> None:
    (inside.cli.path / "c.txt").symlink_to("/dev/null")
    assert inside("checkpoint", "write", "c.txt", *flags).code == 2


def test_an_old_checkpoint_can_be_refused(inside: Inside) -> None:
    inside("checkpoint", "write", "c.txt")
    assert inside("checkpoint", "check", "c.txt", "--not-before", "1h ago").code == 0
    ended = inside("checkpoint", "check", "c.txt", "--not-before", "2999-01-01", "--json")
    assert (ended.code, ended.json["code"]) == (2, "GPV-422-CLOCK")
    assert inside("checkpoint", "check", "c.txt", "--not-before", "often").code == 2


def test_a_key_can_be_chosen(inside: Inside, keys: KeyRing) -> None:
    key = keys["bot"].fingerprint
    ended = inside("checkpoint", "write", "c.txt", "--key", key, "--json")
    assert (ended.code, ended.json["checkpoint"]["signer"]) == (0, key)
    assert inside("checkpoint", "check", "c.txt").code == 0


@pytest.mark.parametrize("key", ["F" * 40, "alice", "-x", ""])
def test_a_key_that_the_policy_does_not_list_is_refused(inside: Inside, key: str) -> None:
    ended = inside("checkpoint", "write", "c.txt", "--key", key)
    assert ended.code in {1, 2}
    assert not (inside.cli.path / "c.txt").exists()


def test_a_machine_that_has_the_agents_key_only_signs_with_it(
    inside: Inside, keys: KeyRing, tmp_path: Path
) -> None:
    cli = inside.cli
    cli.git("config", "--unset", "gitprov.key")
    bot = keys["bot"].fingerprint
    home = Path(tempfile.mkdtemp(prefix="g", dir="/tmp"))  # TMPDIR may be too long
    secret = keys.gpg("--export-secret-keys", bot)
    other = KeyRing(home)
    other.gpg("--import", stdin=secret)
    try:
        there = Inside(replace(cli, env={"GNUPGHOME": str(home)}), inside.capture)
        ended = there("checkpoint", "write", str(tmp_path / "c.txt"), "--json")
    finally:
        other.stop_agent()
        shutil.rmtree(home)
    assert (ended.code, ended.json["checkpoint"]["signer"]) == (0, bot)


def test_a_machine_without_a_key_is_told_what_is_missing(inside: Inside) -> None:
    inside.cli.git("config", "gitprov.key", "F" * 40)
    inside.cli.git("config", "gitprov.agentKey", "F" * 40)
    ended = inside("checkpoint", "write", "c.txt")
    assert ended.code == 1
    assert "GPV-403-UNKNOWN-KEY" in ended.err


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "GPV-400-RECORD-FORM"), (b"\xff\x00" * 9, "GPV-400-RECORD-FORM"),
     (b"x" * 70_000, "GPV-413-LIMIT"),
     (b'schema_version: "v1.0"\nkind: "checkpoint"\n', "GPV-401-UNSIGNED")],
)  # fmt: skip
def test_v_15_a_file_that_is_no_checkpoint_is_wrong_use(
    inside: Inside, content: bytes, code: str
) -> None:
    (inside.cli.path / "c.txt").write_bytes(content)
    ended = inside("checkpoint", "check", "c.txt", "--json")
    assert (ended.code, ended.json["code"]) == (2, code)


def test_an_altered_checkpoint_is_a_bad_signature(inside: Inside) -> None:
    inside("checkpoint", "write", "c.txt")
    file = inside.cli.path / "c.txt"
    file.write_text(file.read_text().replace("height: 1", "height: 0"))
    ended = inside("checkpoint", "check", "c.txt", "--json")
    assert (ended.code, ended.json["code"]) == (1, "GPV-401-BAD-SIGNATURE")


def test_another_ledgers_checkpoint_is_refused(inside: Inside) -> None:
    inside("checkpoint", "write", "../c.txt")
    git = inside.cli.git
    git("update-ref", "-d", LEDGER)
    git("config", "--unset-all", "gitprov.genesis")
    assert inside("checkpoint", "check", "../c.txt").code == 2
    assert inside("init").code == 0
    ended = inside("checkpoint", "check", "../c.txt", "--json")
    assert (ended.code, ended.json["code"]) == (1, "GPV-409-REPLAY")


@pytest.mark.parametrize("file", ["absent.txt", "docs"])
def test_a_file_that_cannot_be_read_is_wrong_use(inside: Inside, file: str) -> None:
    assert inside("checkpoint", "check", file).code == 2
    assert inside("checkpoint", "write", "no/such/folder/c.txt").code == 2


def test_a_file_that_is_no_checkpoint_is_named(recorded: Cli) -> None:
    (recorded.path / "x.txt").write_text("x\n")
    for command in (("checkpoint", "check", "x.txt"), ("verify", "--checkpoint", "x.txt")):
        refused = recorded(*command)
        assert refused.code == 2
        assert "GPV-400-RECORD-FORM: x.txt: this is not a checkpoint" in refused.err
        assert "gitprov checkpoint write FILE" in refused.err
