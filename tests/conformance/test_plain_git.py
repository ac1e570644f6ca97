"""What gitprov wrote is plain Git: every part can be read and checked without gitprov."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing

pytestmark = [pytest.mark.git, pytest.mark.gpg]
LEDGER = "refs/gitprov/ledger"
JOB = ("--job-id", "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1")
WORKFLOW = ("--workflow-id", "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2")


@pytest.fixture
def inside(keys: KeyRing, tmp_path: Path, git: Git, capfd: pytest.CaptureFixture[str]) -> Inside:
    """A ledger of a person's run, an agent's run and a batch of three."""
    cli = Cli(git.init(tmp_path / "r").path, {"GNUPGHOME": str(keys.home)})
    cli.git.commit({"a.txt": "1"})
    program = Inside(cli, capfd)
    alice, bot = (keys[name].fingerprint for name in ("alice", "bot"))
    assert program("init", "--key", alice, "--agent-key", bot).code == 0
    assert program("record", *RUN, "--commit", "HEAD").code == 0
    agent = [word if word != "human" else "ai" for word in RUN]
    assert program("record", *agent, *JOB, *WORKFLOW).code == 0
    lines = "".join(
        '{"agent_name": "nightly", "run_status": "SKIPPED", "status_before": "OPEN",'
        ' "status_after": "OPEN", "notes": "nothing to do", "mutation": {"actor_kind": "HUMAN"}}\n'
        for _ in range(3)
    )
    batch = cli.path / "batch.jsonl"
    batch.write_text(lines)
    assert program("record", "--batch", str(batch)).code == 0
    batch.unlink()
    return program


def entries(git: Git, ref: str = LEDGER) -> list[str]:
    """Return the ledger's entries, oldest first."""
    return git("rev-list", "--reverse", ref).splitlines()


def files(git: Git, entry: str) -> dict[str, tuple[str, str]]:
    """Return an entry's files as git lists them: path -> (mode, blob)."""
    listed = git("ls-tree", "-r", "-z", entry).split("\0")
    lines = [line.partition("\t") for line in listed if line]
    return {path: (facts.split()[0], facts.split()[2]) for facts, _, path in lines}


def test_git_fsck_is_content(inside: Inside) -> None:
    said = inside.cli.git.attempt("fsck", "--strict", "--full", "--no-dangling", "--no-progress")
    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


def test_git_verifies_the_signature_of_every_entry(inside: Inside, keys: KeyRing) -> None:
    signed_by = []
    for entry in entries(inside.cli.git):
        done = subprocess.run(
            ["git", "verify-commit", "--raw", entry],
            cwd=inside.cli.path,
            env=inside.cli.environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        (valid,) = [line for line in done.stderr.decode().splitlines() if " VALIDSIG " in line]
        signed_by.append(valid.split()[-1])
    alice, bot = (keys[name].fingerprint for name in ("alice", "bot"))
    assert signed_by == [alice, alice, bot, alice]


def test_git_log_finds_a_run_by_its_trailer(inside: Inside) -> None:
    git = inside.cli.git
    listed = git("log", "--format=%s|%(trailers:key=Run-Id,valueonly,separator=%x2C)", LEDGER)
    rows = [line.split("|") for line in listed.splitlines()]
    assert [row[0].split()[0] for row in rows] == ["3", "run", "run", "ledger"]
    assert [len(row[1].split(",")) for row in rows] == [3, 1, 1, 1]
    run_id = rows[2][1]
    assert git("log", "--format=%H", f"--grep=^Run-Id: {run_id}$", LEDGER) == entries(git)[1]
    assert git("notes", "--ref", "gitprov", "show", "HEAD").split()[1] == run_id


def test_a_record_is_a_plain_file_that_any_yaml_parser_reads(inside: Inside) -> None:
    git = inside.cli.git
    found = files(git, LEDGER)
    assert {mode for mode, _ in found.values()} == {"100644"}
    runs = [path for path in found if path.startswith("runs/")]
    assert len(runs) == 5
    for path in runs:
        shown = git.raw("show", f"{LEDGER}:{path}")
        assert shown == git.raw("cat-file", "blob", found[path][1])
        record = yaml.safe_load(shown.decode("utf-8"))
        assert (record["kind"], record["schema_version"]) == ("run", "v1.0")
        assert path.endswith(f"/{record['run_id']}.yaml")
        assert datetime.fromisoformat(record["recorded_at"]).utcoffset() == timedelta(0)
    policy = yaml.safe_load(git.raw("show", f"{LEDGER}:policy/0001.yaml").decode())
    assert sorted(path for path in found if path.startswith("keys/")) == sorted(
        f"keys/{signer['key']}/0001.asc" for signer in policy["signers"]
    )


def test_each_entry_holds_all_earlier_files_unchanged(inside: Inside) -> None:
    """Append-only, as plain git shows it: nothing but additions from parent to child."""
    git = inside.cli.git
    line = entries(git)
    assert len(line) == 4
    for parent, child in pairwise(line):
        assert git("rev-parse", f"{child}^@").splitlines() == [parent]
        assert files(git, parent).items() < files(git, child).items()
        changed = git("diff-tree", "-r", "--name-status", "--no-renames", parent, child)
        assert {row[0] for row in changed.splitlines()} == {"A"}


def test_later_runs_change_nothing_that_was_there(inside: Inside) -> None:
    git = inside.cli.git
    before, old = entries(git), files(git, LEDGER)
    bytes_before = {path: git.raw("show", f"{LEDGER}:{path}") for path in old}
    commits_before = [git.raw("cat-file", "commit", entry) for entry in before]
    for _ in range(3):
        assert inside("record", *RUN).code == 0
    assert entries(git)[: len(before)] == before
    assert [git.raw("cat-file", "commit", entry) for entry in before] == commits_before
    assert {path: git.raw("show", f"{LEDGER}:{path}") for path in old} == bytes_before
    assert len(files(git, LEDGER)) == len(old) + 3


def test_a_clone_by_plain_git_holds_the_same_ledger(inside: Inside, tmp_path: Path) -> None:
    git = inside.cli.git
    git("init", "--quiet", "--bare", str(tmp_path / "copy.git"))
    copy = git.at(tmp_path / "copy.git")
    copy("fetch", "--quiet", str(inside.cli.path), f"{LEDGER}:{LEDGER}")
    copy("fsck", "--strict", "--no-dangling", "--no-progress")
    assert entries(copy) == entries(git)
    assert files(copy, LEDGER) == files(git, LEDGER)


def test_the_work_tree_and_its_branches_stay_as_they_were(inside: Inside) -> None:
    git = inside.cli.git
    assert git("status", "--porcelain") == ""
    assert git("for-each-ref", "--format=%(refname)").splitlines() == [
        LEDGER,
        "refs/heads/main",
        "refs/notes/gitprov",
    ]
