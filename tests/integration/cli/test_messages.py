"""Messages name what is wrong, in git's words first, and what helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.keys import new_ring


@pytest.mark.parametrize("algorithm", ["brainpoolP256r1", "secp256k1", "rsa1024"])
@pytest.mark.parametrize("option", ["--key", "--agent-key"])
def test_init_names_an_algorithm_that_no_ledger_takes(
    bare_cli: Cli, algorithm: str, option: str
) -> None:
    with new_ring() as ring:
        ring.make("good")
        ring.make("odd", algorithm=algorithm)
        env = {"GNUPGHOME": str(ring.home)}
        keys = {"--key": "good", "--agent-key": "good"} | {option: "odd"}
        options = [part for name, label in keys.items() for part in (name, ring[label].fingerprint)]
        refused = bare_cli("init", *options, **env)
        assert refused.code == 1
        assert refused.err.startswith(f"gitprov: GPV-422-POLICY: the key {ring['odd'].fingerprint}")
        assert "NIST P-256" in refused.err
        assert bare_cli.git("for-each-ref") == ""


def test_gits_own_reason_comes_first_and_no_advice(cli: Cli, tmp_path: Path) -> None:
    cli.git("init", "--quiet", "--bare", str(tmp_path / "server.git"))
    cli.git("remote", "add", "origin", str(tmp_path / "server.git"))
    cli.git("config", "push.pushOption", "ci.skip")
    refused = cli("push")
    assert refused.code == 3
    start = "gitprov: GPV-507-STORAGE: the remote 'origin' cannot be used: fatal: the receiving end"
    assert refused.err.startswith(start)
    assert "hint:" not in refused.err
    assert refused.err.rstrip().endswith("--get-all push.pushOption")


def test_a_remote_of_sha256_is_named_as_such(cli: Cli, tmp_path: Path) -> None:
    server = tmp_path / "server.git"
    cli.git("init", "--quiet", "--bare", "--object-format=sha256", str(server))
    cli.git("remote", "add", "origin", str(server))
    refused = cli("push")
    assert (refused.code, refused.err.split(": ")[1]) == (3, "GPV-501-REPO-UNSUPPORTED")
    assert "SHA-256" in refused.err
    assert "network" not in refused.err


@pytest.mark.parametrize("where", ["main", "linked"])
def test_a_ledgers_branch_that_is_checked_out_is_warned_of(
    cli: Cli, tmp_path: Path, where: str
) -> None:
    ref = "refs/heads/gitprov-ledger"
    cli.git.commit({"code": "x"})
    cli.git("update-ref", ref, "refs/gitprov/ledger")
    cli.git("config", "gitprov.ref", ref)
    assert cli("record", *RUN).err == ""
    folder = cli.path
    if where == "main":
        cli.git("checkout", "-q", "gitprov-ledger")
    else:
        folder = tmp_path / "linked"
        cli.git("worktree", "add", "-q", str(folder), "gitprov-ledger")
    warned = cli("record", *RUN, "--json")
    assert warned.code == 0
    (notice,) = warned.json["warnings"]
    assert notice["code"] == "GPV-403-REF-FORBIDDEN"
    assert f"checked out in '{folder}'" in notice["message"]
    assert notice["message"] in warned.err
    assert f"checked out in '{folder}'" in cli("doctor").out
