"""Notes follow the amended run: at the writer, in a rebuild, in the hook, in verify (2.4, 2.9)."""

from __future__ import annotations

import pytest

from tests.integration.sync.conftest import Team
from tests.support.cli_world import RUN, Cli

NOTES = "refs/notes/gitprov"


def amend(cli: Cli, run: str, changes: str) -> None:
    action = "AMEND" if changes else "WITHDRAW"
    said = f"changes: {changes}\n" if changes else ""
    draft = f"run_id: {run}\naction: {action}\n{said}reason: it was wrong\n"
    ended = cli("record", "--kind", "amendment", "-", "--actor", "human", "--json", stdin=draft)
    assert (ended.code, ended.json["warnings"]) == (0, []), ended


def note(cli: Cli, rev: str) -> str | None:
    shown = cli.git.attempt("notes", "--ref", "gitprov", "show", rev)
    return shown.stdout.decode().strip() or None


def line(run: str, status: str, more: str = "") -> str:
    return f'run {run} {status} "demo"{more}'


def check_everywhere(cli: Cli) -> None:
    """The notes are what a rebuild makes; verify agrees, and the hook lets them in."""
    assert cli("notes", "check").code == 0
    before = cli.git("rev-parse", NOTES)
    assert cli("notes", "rebuild").code == 0
    assert cli.git("rev-parse", NOTES) == before
    report = cli("verify", "--json")
    assert (report.code, report.json["findings"]) == (0, []), report
    pushed = cli("push", "--json")
    assert (pushed.code, pushed.json["warnings"]) == (0, []), pushed


@pytest.fixture
def cli(team: Team) -> Cli:
    """A clone of a hooked remote, with three commits."""
    team.guard()
    clone = team.clone("one")
    for number in range(3):
        clone.git.commit({"a.txt": str(number)})
    return clone


def test_status_and_commits_follow_every_amendment(cli: Cli) -> None:
    run = cli("record", *RUN, "--commit", "HEAD~1", "--json").json["run_id"]
    other = cli("record", *RUN, "--commit", "HEAD", "--json").json["run_id"]
    amend(cli, run, "{run_status: FAILED, notes: it had not worked}")
    assert note(cli, "HEAD~1") == line(run, "FAILED")
    check_everywhere(cli)
    amend(cli, run, "{code_commits: [HEAD]}")
    assert note(cli, "HEAD~1") is None
    both = sorted([line(run, "FAILED"), line(other, "SUCCESS")])
    assert note(cli, "HEAD") == "\n".join(both)
    check_everywhere(cli)
    amend(cli, run, "{code_commits: [HEAD~2, HEAD~1]}")
    assert [note(cli, rev) for rev in ("HEAD~2", "HEAD~1")] == [line(run, "FAILED")] * 2
    assert note(cli, "HEAD") == line(other, "SUCCESS")
    check_everywhere(cli)
    amend(cli, run, "")
    assert note(cli, "HEAD~2") == line(run, "FAILED", " withdrawn")
    check_everywhere(cli)


def test_a_run_without_commits_may_get_some(cli: Cli) -> None:
    run = cli("record", *RUN, "--json").json["run_id"]
    amend(cli, run, "{code_commits: [HEAD]}")
    assert note(cli, "HEAD") == line(run, "SUCCESS")
    check_everywhere(cli)


def test_what_notes_do_not_say_changes_none(cli: Cli) -> None:
    run = cli("record", *RUN, "--commit", "HEAD", "--json").json["run_id"]
    before = cli.git("rev-parse", NOTES)
    amend(cli, run, "{status_after: DONE}")
    assert cli.git("rev-parse", NOTES) == before
    check_everywhere(cli)


def test_the_hook_refuses_a_note_of_the_run_as_it_was(cli: Cli) -> None:
    run = cli("record", *RUN, "--commit", "HEAD", "--json").json["run_id"]
    amend(cli, run, "{run_status: FAILED, notes: it had not worked}")
    assert cli("push").code == 0
    cli.git("notes", "--ref", "gitprov", "add", "-f", "-m", line(run, "SUCCESS"), "HEAD")
    pushed = cli.git.attempt("push", "origin", NOTES)
    assert pushed.returncode != 0
    assert b"GPV-409-NOTE-REWRITE" in pushed.stderr
