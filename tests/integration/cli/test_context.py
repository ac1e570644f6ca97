"""``gitprov context`` as a user calls it."""

from __future__ import annotations

import hashlib

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli


@pytest.fixture
def inside(cli: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """A repository with one commit of two files."""
    cli.git.commit({"docs/é.md": "spec\n", "b.txt": "b\n"})
    return Inside(cli, capfd)


@pytest.fixture
def run_id(inside: Inside) -> str:
    """A run that read both files."""
    ended = inside("record", *RUN, "--input", "docs/é.md", "--input", "b.txt", "--json")
    assert ended.code == 0
    return str(ended.json["run_id"])


def expected(head: str, files: dict[str, bytes]) -> str:
    """The composite digest, written down again."""
    listed = b"".join(
        path.encode() + b"\0" + hashlib.sha256(content).hexdigest().encode() + b"\n"
        for path, content in sorted(files.items())
    )
    inner = hashlib.sha256(b"gitprov-input-files-v1\n" + listed).hexdigest()
    return hashlib.sha256(f"gitprov-input-composite-v1\n{head}\n{inner}\n".encode()).hexdigest()


def test_a_digest_is_that_of_the_formula(inside: Inside) -> None:
    head = inside.cli.git("rev-parse", "HEAD")
    digest = expected(head, {"docs/é.md": b"spec\n", "b.txt": b"b\n"})
    ended = inside("context", "compute", "docs/é.md", "b.txt", "./b.txt")
    assert (ended.code, ended.out, ended.err) == (0, f"{digest}\n", "")
    assert inside.at("docs")("context", "compute", "é.md", "../b.txt").out == f"{digest}\n"
    content = inside("context", "compute", "b.txt", "docs/é.md", "--json").json
    assert (content["digest"], content["head_commit"], content["dirty"]) == (digest, head, False)
    assert [file["path"] for file in content["files"]] == ["b.txt", "docs/é.md"]


def test_each_method_has_a_digest_of_its_own(inside: Inside) -> None:
    digests = {
        inside("context", "compute", "b.txt", "--method", method).out
        for method in ("files", "git-head", "composite")
    }
    assert len(digests) == 3
    assert inside("context", "compute", "--method", "git-head").code == 0


@pytest.mark.parametrize("path", ["absent", "docs", "../outside", "/etc/hostname", ""])
def test_what_is_no_file_of_the_work_tree_is_wrong_use(inside: Inside, path: str) -> None:
    ended = inside("context", "compute", path)
    assert (ended.code, ended.out) == (2, "")
    assert "GPV-422-ARGUMENT" in ended.err


def test_a_run_checks_out_while_nothing_changes(inside: Inside, run_id: str) -> None:
    ended = inside("context", "check", run_id)
    assert (ended.code, ended.err) == (0, "")
    assert "verdict    pass" in ended.lines
    content = inside("context", "check", run_id[:13], "--json").json
    assert content["recorded"] == content["recomputed"]
    assert [each["state"] for each in content["inputs"]] == ["same", "same"]


def test_a_changed_file_ends_with_one(inside: Inside, run_id: str) -> None:
    (inside.cli.path / "b.txt").write_text("other\n")
    ended = inside("context", "check", run_id)
    assert ended.code == 1
    assert any("b.txt has changed" in line for line in ended.lines)
    content = inside("context", "check", run_id, "--json").json
    assert (content["verdict"], content["recorded"] == content["recomputed"]) == ("fail", False)


def test_a_missing_file_ends_with_three(inside: Inside, run_id: str) -> None:
    (inside.cli.path / "b.txt").unlink()
    ended = inside("context", "check", run_id)
    assert ended.code == 3
    assert any("b.txt is not here; Git has it" in line for line in ended.lines)


def test_git_keeps_the_input_when_work_goes_on(inside: Inside, run_id: str) -> None:
    inside.cli.git.commit({"b.txt": "later\n"})
    inside.cli.git("rm", "-q", "docs/é.md")
    inside.cli.git("commit", "-q", "-m", "gone")
    ended = inside("context", "check", run_id)
    assert ended.code == 0
    assert [line.split()[0] for line in ended.lines].count("in-git") == 2


def test_an_uncommitted_input_is_lost_once_it_changes(inside: Inside) -> None:
    (inside.cli.path / "new.txt").write_text("draft\n")
    run_id = inside("record", *RUN, "--input", "new.txt", "--json").json["run_id"]
    assert inside("context", "check", run_id).code == 0
    inside.cli.git.commit({"b.txt": "later\n"})
    (inside.cli.path / "new.txt").write_text("final\n")
    assert inside("context", "check", run_id).code == 1
    (inside.cli.path / "new.txt").unlink()
    assert inside("context", "check", run_id).code == 3


def test_a_commit_that_is_gone_ends_with_three(inside: Inside, run_id: str) -> None:
    git = inside.cli.git
    git("checkout", "-q", "--orphan", "other")
    git("commit", "-q", "-m", "again")
    git("branch", "-D", "main")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "-q", "--prune=now")
    ended = inside("context", "check", run_id)
    assert ended.code == 3
    assert any("is not here" in line for line in ended.lines)


@pytest.mark.parametrize(
    ("text", "code"),
    [("01a1c506-70fb-7e97-b00d-1c0ffee00123", 1), ("zz", 2), ("-x", 2), ("state:01a1c506", 2)],
)
def test_a_run_that_is_not_there(inside: Inside, text: str, code: int) -> None:
    assert inside("context", "check", text).code == code


def test_an_unborn_head_is_a_context_too(cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    inside = Inside(cli, capfd)
    (cli.path / "a").write_text("x")
    content = inside("context", "compute", "a", "--json").json
    assert (content["head_commit"], content["dirty"]) == ("unborn", True)
