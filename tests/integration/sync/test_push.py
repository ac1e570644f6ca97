"""Push: what is recorded arrives, merged where both sides moved, and never by force."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gitprov.app.push import push
from gitprov.model.overrides import Overrides
from gitprov.service.sync import notes as sync_notes
from gitprov.wiring.workspace import open_workspace
from tests.integration.sync.conftest import (
    LEDGER,
    NOTES,
    TRACKING,
    Team,
    record,
    runs_of,
    tip_of,
)
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.keys import new_ring

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def parents(git: Git, rev: str) -> list[str]:
    return git("rev-parse", f"{rev}^@").split()


def require_good(git: Git) -> None:
    """The whole ledger of a repository passes the judge, as its own reader sees it."""
    done = Cli(git.path)("verify", "--json")
    assert (done.code, done.json["verdict"]) == (0, "pass"), done.out


def test_it_sends_what_the_remote_has_not(team: Team) -> None:
    team.guard()
    one = team.clone("one")
    made = record(one, 3)
    done = one("push", "--json")
    assert (done.code, done.err) == (0, "")
    found = {name: done.json[name] for name in ("sent", "merges", "received", "attempts", "left")}
    assert found == {"sent": 3, "merges": 0, "received": 0, "attempts": 1, "left": 0}
    assert team.tip() == tip_of(one) == one.git("rev-parse", TRACKING)
    assert (one.path / ".git/gitprov/seen/origin").read_text() == f"{team.tip()} 4\n"
    assert set(made) <= runs_of(team.server)
    again = one("push")
    assert (again.code, again.out) == (
        0,
        f"nothing to send; origin is at {team.tip()[:12]}, height 4\n",
    )


def test_where_both_moved_a_merge_joins_them(team: Team) -> None:
    team.guard()
    one, two = team.clone("one"), team.clone("two")
    mine, theirs = record(one, 2), record(two, 3)
    assert two("push").code == 0
    accepted = team.tip()
    ours = tip_of(one)
    done = one("push", "--json")
    assert (done.code, done.err) == (0, "")
    assert (done.json["sent"], done.json["merges"], done.json["received"]) == (3, 1, 3)
    assert parents(team.server, LEDGER) == [accepted, ours]
    assert tip_of(one) == team.tip()
    assert {*mine, *theirs} <= runs_of(team.server)
    require_good(team.server)
    assert two("pull", "--json").json["records"] == {"run": 2}
    assert tip_of(two) == team.tip()
    assert "sent 1 entry" in (record(two), two("push"))[1].out


def test_what_was_recorded_is_never_signed_anew(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 2)
    record(two)
    before = one.git("rev-list", LEDGER).splitlines()
    assert (two("push").code, one("push").code) == (0, 0)
    assert set(before) <= set(team.server("rev-list", LEDGER).splitlines())


def test_the_first_push_makes_the_ledger_there(team: Team, git: Git) -> None:
    one = team.clone("one")
    record(one)
    empty = git.init(team.folder / "empty.git", "--bare")
    one.git("remote", "set-url", "origin", str(empty.path))
    one.git("update-ref", "-d", TRACKING)
    (one.path / ".git/gitprov/seen/origin").unlink()
    done = one("push", "--json")
    assert (done.code, done.err, done.json["sent"]) == (0, "", 3)
    assert empty("rev-parse", LEDGER) == tip_of(one)


def test_without_a_ledger_there_is_nothing_to_push(team: Team, git: Git) -> None:
    none = Cli(git.init(team.folder / "none").path)
    none.git("remote", "add", "origin", str(team.server.path))
    done = none("push", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-404-NO-LEDGER")


def test_a_remote_that_was_moved_back_gets_nothing(team: Team) -> None:
    one = team.clone("one")
    record(one, 2)
    assert one("push").code == 0
    team.server("update-ref", LEDGER, f"{team.tip()}~1")
    before = team.tip()
    record(one)
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-ROLLBACK")
    assert team.tip() == before


def test_a_refusal_is_shown_with_its_code_and_leaves_everything(team: Team) -> None:
    one = team.clone("one")
    record(one)
    hook = team.server.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nprintf 'GPV-403-UNKNOWN-KEY \\033[31mabc runs/x: the key is not known\\n' >&2\n"
        "printf 'second \\342\\200\\256line\\342\\200\\213\\n' >&2\nexit 1\n"
    )
    hook.chmod(0o755)
    before, there = tip_of(one), team.tip()
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-403-UNKNOWN-KEY")
    text = one("push").err
    assert "remote: GPV-403-UNKNOWN-KEY abc runs/x: the key is not known\n" in text
    assert "remote: second line" in text
    assert not {"\x1b", "\u202e", "\u200b"} & set(text)
    assert (tip_of(one), team.tip()) == (before, there)
    hook.write_text("#!/bin/sh\necho no such thing here >&2\nexit 1\n")
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-403-REF-FORBIDDEN")
    hook.unlink()
    assert one("push").code == 0


def test_a_remote_out_of_reach_loses_nothing(team: Team) -> None:
    one = team.clone("one")
    made = record(one)
    away = team.folder / "away.git"
    team.server.path.rename(away)
    done = one("push", "--json")
    assert (done.code, done.json["code"]) == (3, "GPV-507-STORAGE")
    away.rename(team.server.path)
    assert one("push").code == 0
    assert set(made) <= runs_of(team.server)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 8])
def test_pushers_at_once_lose_nothing(team: Team, count: int) -> None:
    team.guard()
    clones = [team.clone(f"clone{number}") for number in range(count)]
    made = [run for cli in clones for run in record(cli, 2)]
    ends: list[tuple[int, str]] = []

    def send(cli: Cli) -> None:
        done = cli("push")
        ends.append((done.code, done.err))

    threads = [threading.Thread(target=send, args=(cli,)) for cli in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [code for code, _ in ends] == [0] * count, ends
    assert set(made) <= runs_of(team.server)
    require_good(team.server)
    # A lost race leaves no merge behind: each clone's entries came by at most one.
    merges = team.server("rev-list", "--merges", LEDGER).splitlines()
    assert len(merges) < count


def test_the_notes_of_all_arrive(team: Team) -> None:
    team.guard()
    one, two = team.clone("one"), team.clone("two")
    head = one.git("rev-parse", "HEAD")
    mine, theirs = record(one, 1, "--commit", "HEAD"), record(two, 1, "--commit", "HEAD")
    assert two("push").err == ""
    assert one("push").err == ""
    text = team.server("notes", "--ref", NOTES, "show", head)
    assert sorted(line.split()[1] for line in text.splitlines()) == sorted([*mine, *theirs])
    assert two("pull").err == ""
    assert two.git("rev-parse", NOTES) == team.server("rev-parse", NOTES)
    for cli in (one, two):
        assert cli("notes", "check").code == 0


def test_somebody_elses_change_of_the_notes_is_repaired(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 1, "--commit", "HEAD")
    assert one("push").code == 0
    assert two("pull").err == ""
    two.git("notes", "--ref", NOTES, "add", "-f", "-m", "my own words", "HEAD")
    two.git("push", "--quiet", "origin", NOTES)
    team.guard()
    record(one, 1, "--commit", "HEAD")
    done = one("push")
    assert (done.code, done.err) == (0, "")
    assert "my own words" not in team.server("notes", "--ref", NOTES, "show", "HEAD")
    assert one("notes", "check").code == 0


def test_notes_that_cannot_be_sent_hold_nothing_up(team: Team) -> None:
    one = team.clone("one")
    record(one, 1, "--commit", "HEAD")
    hook = team.server.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\n[ "$1" != {NOTES} ]\n')
    hook.chmod(0o755)
    done = one("push")
    assert done.code == 0
    assert "warning: GPV-409-NOTE-REWRITE: the notes were not sent" in done.err
    assert team.tip() == tip_of(one)


def test_what_waits_in_the_spool_is_named(team: Team) -> None:
    one = team.clone("one")
    with new_ring() as nobody:
        held = one("record", *RUN, GNUPGHOME=str(nobody.home))
    assert (held.code, "GPV-403-UNKNOWN-KEY" in held.err) == (0, True)
    told = "not on the ledger yet: 1 file of records; gitprov flush, then push again"
    assert one("push").lines[-1] == told
    assert one("flush").code == 0
    pushed = one("push", "--json").json
    assert (pushed["sent"], pushed["waiting"]) == (1, 0)


def test_a_mirror_gets_what_was_accepted_and_nothing_else(team: Team, git: Git) -> None:
    one = team.clone("one")
    record(one)
    assert one("push").code == 0
    record(one)
    mirror = git.init(team.folder / "mirror.git", "--bare")
    one.git("remote", "add", "mirror", str(mirror.path))
    done = one("push", "mirror", "--json")
    assert (done.code, done.err, done.json["sent"]) == (0, "", 3)
    assert mirror("rev-parse", LEDGER) == team.tip() != tip_of(one)
    assert one("push", "mirror").out.startswith("nothing to send; mirror is at")
    one.git("push", "--quiet", "mirror", LEDGER)
    done = one("push", "mirror", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-SPLIT-VIEW")


def test_a_push_of_a_ledger_in_its_own_store(team: Team) -> None:
    path: Path = team.folder / "partial"
    team.server("config", "uploadpack.allowFilter", "true")
    url = f"file://{team.server.path}"
    team.server("clone", "--quiet", "--filter=blob:none", url, str(path))
    cli = Cli(path, {"GNUPGHOME": str(team.keys.home)})
    Git(path)("init", "--quiet", "--bare", str(path / ".git/gitprov/ledger.git"))
    cli.git("config", "gitprov.genesis", team.server("rev-list", "--max-parents=0", LEDGER))
    cli.git("config", "gitprov.key", team.keys["alice"].fingerprint)
    assert cli("pull").code == 0
    made = record(cli)
    done = cli("push")
    assert (done.code, done.err) == (0, "")
    assert set(made) <= runs_of(team.server)


@pytest.mark.parametrize("how", ["many", "long"])
def test_notes_that_would_take_long_are_derived_anew(
    team: Team, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 1, "--commit", "HEAD")
    assert one("push").err == ""
    two.git("fetch", "--quiet", "origin", f"+{NOTES}:{NOTES}")
    blob = two.git("hash-object", "-w", "--stdin", stdin="x\n" * 600_000)
    two.git("notes", "--ref", NOTES, "add", "-f", "-C", blob, "HEAD")
    two.git("push", "--quiet", "origin", NOTES)
    record(one, 1, "--commit", "HEAD")
    if how == "many":
        monkeypatch.setattr(sync_notes, "_MOST_UNITED", 0)
    monkeypatch.setenv("GNUPGHOME", str(team.keys.home))
    pushed = push(open_workspace(Overrides(path=one.path)), None)
    assert pushed.warnings == ()
    assert len(team.server("notes", "--ref", NOTES, "show", "HEAD").splitlines()) == 2
    assert one("notes", "check").code == 0


def test_what_came_by_plain_git_is_judged_before_it_is_sent(team: Team) -> None:
    """A server without a hook would take a forged entry, and all would believe it judged."""
    one = team.clone("one")
    before = team.tip()
    tip = tip_of(one)
    forged = one.git("commit-tree", "-p", tip, "-m", "run SUCCESS forged", f"{tip}^{{tree}}")
    one.git("update-ref", LEDGER, forged)
    done = one("push")
    assert (done.code, team.tip()) == (1, before)
    assert "GPV-401-UNSIGNED" in done.err
    assert "gitprov reappend" in done.err
