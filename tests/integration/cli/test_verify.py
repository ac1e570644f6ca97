"""``gitprov verify`` as a reader calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli_world import Cli
from tests.support.keys import KeyRing

LEDGER = "refs/gitprov/ledger"


def tamper(cli: Cli) -> str:
    """Append an entry that nobody signed; return its object id."""
    oid = cli.git("commit-tree", "-p", LEDGER, "-m", "edited", f"{LEDGER}^{{tree}}")
    cli.git("update-ref", LEDGER, oid)
    return oid


def test_a_good_ledger_passes(recorded: Cli) -> None:
    ended = recorded("verify")
    assert (ended.code, ended.err) == (0, "")
    assert "checked  3 entries: 2 runs" in ended.out
    assert "compared with the pinned one" in ended.out
    assert ended.lines[-1].startswith("verdict  pass: ")
    assert "\x1b" not in ended.out


def test_the_json_of_a_report_has_its_stable_shape(recorded: Cli, keys: KeyRing) -> None:
    report = recorded("verify", "--json").json
    assert report == {
        "schema": "gitprov.verify/v1",
        "verdict": "pass",
        "ledger_id": report["ledger_id"],
        "genesis": recorded.git("rev-list", "--max-parents=0", LEDGER),
        "tip": recorded.git("rev-parse", LEDGER),
        "height": 2,
        "entries": 3,
        "records": {"run": 2},
        "signers": {keys["alice"].fingerprint: 3},
        "policy": 1,
        "pinned": True,
        "engine": "sequoia",
        "findings": [],
        "seconds": report["seconds"],
        "remotes": [],
    }


def test_a_bad_entry_fails_with_its_code_and_place(recorded: Cli) -> None:
    oid = tamper(recorded)
    ended = recorded("verify")
    assert ended.code == 1
    assert any(line.startswith(f"GPV-401-UNSIGNED {oid[:12]}: ") for line in ended.lines)
    assert ended.lines[-1].startswith("verdict  fail (")
    report = recorded("verify", "--json").json
    assert report["verdict"] == "fail"
    finding = report["findings"][0]
    assert set(finding) == {"code", "severity", "entry", "height", "path", "message"}
    assert (finding["code"], finding["severity"]) == ("GPV-401-UNSIGNED", "error")
    assert finding["entry"] == oid


def test_the_exit_code_holds_though_nobody_reads_on(recorded: Cli) -> None:
    tamper(recorded)
    ended = recorded.shell('gitprov verify | true; echo "${PIPESTATUS[0]}"')
    assert (ended.lines, ended.err) == (["1"], "")


def test_both_engines_agree(recorded: Cli) -> None:
    assert recorded("verify", "--engine", "gpg", "--jobs", "1", "--json").json["engine"] == "gpg"
    tamper(recorded)
    codes = [recorded("verify", "--engine", name).code for name in ("gpg", "sequoia")]
    assert codes == [1, 1]


def test_without_gpg_its_engine_finds_nothing_out(recorded: Cli, tmp_path: Path) -> None:
    """The first entry too: what nobody looked at breaks no rule."""
    (tmp_path / "empty").mkdir()
    report = recorded("verify", "--engine", "gpg", "--json", PATH=str(tmp_path / "empty"))
    assert report.code == 3
    assert {finding["code"] for finding in report.json["findings"]} == {"GPV-503-SIGNER"}
    assert {finding["severity"] for finding in report.json["findings"]} == {"unknown"}


def test_a_tip_that_says_no_height_has_none(recorded: Cli) -> None:
    tamper(recorded)
    assert "at height unknown" in recorded("verify").out


def test_without_a_ledger_nothing_was_found_out_unless_one_is_expected(cli: Cli) -> None:
    ended = cli("verify", "--ref", "refs/gitprov/ledgers/none")
    assert ended.code == 1
    assert ended.lines[-1] == "verdict  fail (1 error): nothing is here to verify"
    cli.git("config", "--unset", "gitprov.genesis")
    unknown = cli("verify", "--ref", "refs/gitprov/ledgers/none")
    assert unknown.code == 3
    assert unknown.lines[-1] == "verdict  unknown (1 unknown): nothing is here to verify"


def test_a_foreign_genesis_fails(recorded: Cli) -> None:
    ended = recorded("verify", "--genesis", "1" * 40)
    assert ended.code == 1
    assert ended.out.startswith("GPV-409-ROLLBACK")


def test_without_a_pin_the_report_says_so(recorded: Cli) -> None:
    recorded.git("config", "--unset", "gitprov.genesis")
    ended = recorded("verify")
    assert ended.code == 0
    assert "NOT pinned" in ended.out
    assert recorded("verify", "--json").json["pinned"] is False


def test_since_above_the_tip_is_a_ledger_that_was_cut_off(recorded: Cli) -> None:
    ended = recorded("verify", "--since", "99", "--json")
    assert ended.code == 1
    assert [finding["code"] for finding in ended.json["findings"]] == ["GPV-409-ROLLBACK"]
    height = ended.json["height"]
    assert recorded("verify", "--since", str(height)).code == 0


def test_since_judges_only_what_is_newer(recorded: Cli) -> None:
    ended = recorded("verify", "--since", "1")
    assert ended.code == 0
    assert "checked  1 entry, those above height 1 only: 1 run" in ended.out


@pytest.mark.parametrize("as_json", [False, True])
def test_no_ledger_is_unknown_where_none_is_expected(bare_cli: Cli, *, as_json: bool) -> None:
    ended = bare_cli("verify", *(["--json"] if as_json else []))
    assert ended.code == 3
    assert "GPV-404-NO-LEDGER" in ended.out
    if as_json:
        assert (ended.json["verdict"], ended.json["tip"]) == ("unknown", None)


def test_no_repository_is_unknown(bare_cli: Cli) -> None:
    ended = bare_cli.at(bare_cli.path.parent)("verify", "--json")
    assert (ended.code, ended.json["verdict"]) == (3, "unknown")


def test_a_repository_that_cannot_be_read_is_unknown(bare_cli: Cli) -> None:
    config = bare_cli.path / ".git" / "config"
    config.unlink()
    config.mkdir()
    ended = bare_cli("verify", "--json")
    assert (ended.code, ended.json["schema"]) == (3, "gitprov.error/v1")


def test_a_checkpoint_file_that_is_none_is_wrong_use(recorded: Cli) -> None:
    (recorded.path / "c.txt").write_text("nothing\n")
    ended = recorded("verify", "--checkpoint", "c.txt", "--json")
    assert (ended.code, ended.json["schema"]) == (2, "gitprov.error/v1")
    assert recorded("verify", "--checkpoint", "absent.txt").code == 2


def test_a_broken_ledger_counts_before_a_broken_checkpoint(recorded: Cli) -> None:
    (recorded.path / "c.txt").write_text("nothing\n")
    tamper(recorded)
    ended = recorded("verify", "--checkpoint", "c.txt", "--json")
    assert (ended.code, ended.json["schema"]) == (1, "gitprov.verify/v1")


def test_words_of_the_repository_cannot_steer_the_terminal(recorded: Cli) -> None:
    recorded.git("symbolic-ref", "refs/gitprov/odd", "refs/heads/x")
    evil = "evil\x1b[31m\u202e"
    tree = recorded.git("rev-parse", f"{LEDGER}^{{tree}}")
    listing = recorded.git.raw("ls-tree", "-z", tree)
    blob = recorded.git("hash-object", "-w", "--stdin", stdin="x")
    listing += f"100644 blob {blob}\t{evil}\0".encode()
    odd = recorded.git("mktree", "-z", stdin=listing)
    oid = recorded.git("commit-tree", "-p", LEDGER, "-m", "odd", odd)
    recorded.git("update-ref", LEDGER, oid)
    ended = recorded("verify")
    assert ended.code == 1
    assert "evil" in ended.out
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out
