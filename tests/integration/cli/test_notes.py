"""``gitprov notes`` as a user calls it."""

from __future__ import annotations

import json

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli

NOTES = "refs/notes/gitprov"


@pytest.fixture
def inside(cli: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """A repository with two commits, the second of which two runs name."""
    cli.git.commit({"a.txt": "1"})
    cli.git.commit({"a.txt": "2"})
    program = Inside(cli, capfd)
    for _ in range(2):
        assert program("record", *RUN, "--commit", "HEAD").code == 0
    return program


def test_the_note_of_a_commit_names_its_runs(inside: Inside) -> None:
    ended = inside("notes", "show", "HEAD")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines == inside.cli.git("notes", "--ref", "gitprov", "show", "HEAD").splitlines()
    runs = [json.loads(line)["run_id"] for line in inside("log", "--jsonl").lines]
    assert [line.split()[1] for line in ended.lines] == sorted(runs)
    content = inside("notes", "show", "main", "--json").json
    assert content["commit"] == inside.cli.git("rev-parse", "HEAD")
    assert [run["run_id"] for run in content["runs"]] == sorted(runs)
    assert content["runs"][0]["agent"] == '"demo"'


def test_a_commit_without_a_note_ends_with_one(inside: Inside) -> None:
    ended = inside("notes", "show", "HEAD~1")
    assert (ended.code, ended.out) == (1, "")
    assert "has no note" in ended.err
    content = inside("notes", "show", "HEAD~1", "--json")
    assert (content.code, content.json["note"], content.json["runs"]) == (1, None, [])


@pytest.mark.parametrize("rev", ["no-such-branch", "--upload-pack=id", "HEAD^{tree}", "", "a::b"])
def test_a_revision_that_names_no_commit_is_wrong_use(inside: Inside, rev: str) -> None:
    ended = inside("notes", "show", rev)
    assert ended.code == 2
    assert "GPV-422-ARGUMENT" in ended.err


def test_right_notes_are_left_alone(inside: Inside) -> None:
    before = inside.cli.git("rev-parse", NOTES)
    assert inside("notes", "check").code == 0
    assert inside("notes", "rebuild").code == 0
    assert inside.cli.git("rev-parse", NOTES) == before


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (("notes", "--ref", "gitprov", "add", "-f", "-m", "edited", "HEAD"), "altered"),
        (("notes", "--ref", "gitprov", "append", "-m", "more", "HEAD"), "altered"),
        (("notes", "--ref", "gitprov", "remove", "HEAD"), "missing"),
        (("notes", "--ref", "gitprov", "add", "-m", "forged", "HEAD~1"), "foreign"),
        (("update-ref", "-d", NOTES), "missing"),
        (("update-ref", NOTES, "refs/gitprov/ledger"), "missing"),
    ],
)
def test_n_12_harm_is_found_and_mended(inside: Inside, harm: tuple[str, ...], word: str) -> None:
    right = inside.cli.git("notes", "--ref", "gitprov", "show", "HEAD")
    inside.cli.git(*harm)
    ended = inside("notes", "check")
    assert ended.code == 1
    assert [line.split()[0] for line in ended.lines] == [word]
    assert "gitprov notes rebuild" in ended.err
    assert len(inside("notes", "check", "--json").json[word]) == 1
    ended = inside("notes", "rebuild")
    assert (ended.code, ended.lines[-1]) == (0, "fixed 1 of 1 note")
    assert inside.cli.git("notes", "--ref", "gitprov", "show", "HEAD") == right
    assert inside.cli.git.attempt("notes", "--ref", "gitprov", "show", "HEAD~1").returncode == 1
    assert inside("notes", "check").code == 0


def test_a_rebuild_is_an_unsigned_commit_on_top_of_what_was_there(inside: Inside) -> None:
    inside.cli.git("notes", "--ref", "gitprov", "add", "-f", "-m", "edited", "HEAD")
    before = inside.cli.git("rev-parse", NOTES)
    inside("notes", "rebuild")
    told = inside.cli.git("log", "-1", "--format=%P|%an <%ae>|%cn <%ce>|%s|%G?", NOTES)
    person = "gitprov <gitprov@localhost>"
    assert told == f"{before}|{person}|{person}|notes: 1 commits|N"
    commit = inside.cli.git("rev-parse", "HEAD")
    assert inside.cli.git("ls-tree", "-r", "--name-only", NOTES) == f"{commit[:2]}/{commit[2:]}"


def test_n_10_another_layout_of_the_same_notes_is_right(inside: Inside) -> None:
    git = inside.cli.git
    commit = git("rev-parse", "HEAD")
    blob = git("rev-parse", f"{NOTES}:{commit[:2]}/{commit[2:]}")
    tree = git("mktree", stdin=f"100644 blob {blob}\t{commit}\n")
    git("update-ref", NOTES, git("commit-tree", "-p", NOTES, "-m", "flat", tree))
    assert inside("notes", "check").code == 0


def test_n_12_a_rebuild_leaves_nothing_but_notes(inside: Inside) -> None:
    """Foreign files go, however they came; a history of notes is gone on with."""
    git = inside.cli.git
    commit = git("rev-parse", "HEAD")
    blob = git("rev-parse", f"{NOTES}:{commit[:2]}/{commit[2:]}")
    below = git("mktree", stdin=f"100644 blob {blob}\t{commit[2:]}\n100644 blob {blob}\tx\n")
    tree = git("mktree", stdin=f"040000 tree {below}\t{commit[:2]}\n100644 blob {blob}\tREADME\n")
    made = git("commit-tree", "-p", NOTES, "-m", "more", tree)
    git("update-ref", NOTES, made)
    ended = inside("notes", "rebuild")
    assert (ended.code, ended.err) == (0, "")
    assert git("ls-tree", "-r", "--name-only", NOTES) == f"{commit[:2]}/{commit[2:]}"
    assert git("rev-parse", f"{NOTES}^") == made


def test_n_12_a_notes_ref_that_names_the_ledger_is_made_anew(inside: Inside) -> None:
    git = inside.cli.git
    git("update-ref", NOTES, "refs/gitprov/ledger")
    assert inside("notes", "rebuild").code == 0
    commit = git("rev-parse", "HEAD")
    assert git("ls-tree", "-r", "--name-only", NOTES) == f"{commit[:2]}/{commit[2:]}"
    assert git("rev-list", "--count", NOTES) == "1"
    assert inside("notes", "check").code == 0


@pytest.mark.parametrize("harm", ["blob", "tree"])
def test_n_12_notes_that_cannot_be_read_are_made_anew(inside: Inside, harm: str) -> None:
    git = inside.cli.git
    right = git("notes", "--ref", "gitprov", "show", "HEAD")
    if harm == "blob":
        git("update-ref", NOTES, git("hash-object", "-w", "--stdin", stdin="x"))
    else:
        tree = git("rev-parse", f"{NOTES}^{{tree}}")
        (inside.cli.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    assert inside("notes", "check").code == 3
    assert inside("notes", "rebuild").code == 0
    assert git("notes", "--ref", "gitprov", "show", "HEAD") == right
    assert inside("notes", "check").code == 0


def test_a_notes_ref_that_names_no_commit_says_what_to_do(inside: Inside) -> None:
    blob = inside.cli.git("hash-object", "-w", "--stdin", stdin="x")
    inside.cli.git("update-ref", NOTES, blob)
    ended = inside("notes", "check")
    assert ended.code == 3
    assert "GPV-500-STORE-CORRUPT" in ended.err


def test_no_ledger_is_wrong_use(bare_cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "rebuild"):
        ended = Inside(bare_cli, capfd)("notes", command)
        assert ended.code == 2
        assert "GPV-404-NO-LEDGER" in ended.err


def test_without_a_command_its_help_is_shown(inside: Inside) -> None:
    ended = inside("notes")
    assert ended.code == 2
    assert inside("notes", "--help").code == 0
