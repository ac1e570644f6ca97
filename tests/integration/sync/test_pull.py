"""Pull: what comes is judged before anything here moves, and a remote never goes backwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sync.conftest import LEDGER, TRACKING, Team, record, runs_of, tip_of
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def seen(cli: Cli, name: str = "origin") -> str:
    return (cli.path / ".git" / "gitprov" / "seen" / name).read_text()


def send(cli: Cli) -> None:
    """Push as plain git does, which is what a pusher without gitprov can do."""
    cli.git("push", "--quiet", "origin", LEDGER)


def test_it_follows_a_remote_that_is_ahead(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    made = record(one, 2)
    send(one)
    done = two("pull", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["entries"] == 2
    assert done.json["records"] == {"run": 2}
    assert (done.json["verdict"], done.json["stand"], done.json["moved"]) == ("pass", "equal", True)
    assert set(made) <= runs_of(two.git)
    assert tip_of(two) == team.tip() == two.git("rev-parse", TRACKING)
    assert seen(two) == f"{team.tip()} 3\n"
    again = two("pull", "--json")
    assert (again.json["entries"], again.json["moved"]) == (0, False)


def test_it_leaves_no_stray_ref_and_no_fetch_head(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one)
    send(one)
    before = set(two.git("for-each-ref", "--format=%(refname)").splitlines())
    assert two("pull").code == 0
    assert set(two.git("for-each-ref", "--format=%(refname)").splitlines()) == before
    assert not (two.path / ".git" / "FETCH_HEAD").exists()


def test_where_both_moved_ours_stays(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one)
    send(one)
    record(two, 2)
    before = tip_of(two)
    done = two("pull", "--json")
    assert (done.code, done.json["stand"], done.json["to_send"]) == (0, "beside", 2)
    assert tip_of(two) == before
    assert two.git("rev-parse", TRACKING) == team.tip()
    assert "both sides moved; not on origin yet: 2 entries" in two("pull").out


def test_a_remote_that_was_moved_back_stops_everything(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 2)
    send(one)
    assert two("pull").code == 0
    top = team.tip()
    team.server("update-ref", LEDGER, f"{top}~1")
    done = two("pull")
    assert (done.code, done.out) == (1, "")
    assert "GPV-409-ROLLBACK" in done.err
    assert "nothing of 'origin' was taken over: the ledger ends at height 2" in done.err
    assert (tip_of(two), two.git("rev-parse", TRACKING)) == (top, top)


@pytest.mark.parametrize("memory", ["ref", "file"])
def test_either_memory_alone_is_enough(team: Team, memory: str) -> None:
    one = team.clone("one")
    record(one)
    send(one)
    assert one("pull").code == 0
    if memory == "ref":
        (one.path / ".git" / "gitprov" / "seen" / "origin").unlink()
    else:
        one.git("update-ref", "-d", TRACKING)
    team.server("update-ref", LEDGER, f"{team.tip()}~1")
    done = one("pull", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-ROLLBACK")


def test_a_remote_that_went_aside_is_a_split_view(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    base = team.tip()
    record(one)
    send(one)
    assert two("pull").code == 0
    three = team.clone("three")
    three.git("update-ref", LEDGER, base)
    record(three, 2)
    team.server("fetch", "--quiet", str(three.path), f"+{LEDGER}:{LEDGER}")
    done = two("pull", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-SPLIT-VIEW")


def test_a_remote_whose_ledger_is_gone_is_a_rollback(team: Team) -> None:
    one = team.clone("one")
    team.server("update-ref", "-d", LEDGER)
    done = one("pull", "--json")
    assert (done.code, done.json["code"]) == (1, "GPV-409-ROLLBACK")
    assert "no longer has a ledger" in done.json["message"]


@pytest.mark.parametrize("is_pinned", [True, False])
def test_another_ledger_is_refused(team: Team, git: Git, *, is_pinned: bool) -> None:
    one = team.clone("one")
    other = Cli(git.init(team.folder / "other").path, one.env)
    key = team.keys["alice"].fingerprint
    assert other("init", "--key", key, "--agent-key", "none").code == 0
    one.git("remote", "add", "other", str(other.path))
    if not is_pinned:
        one.git("config", "--unset", "gitprov.genesis")
    before = tip_of(one)
    done = one("pull", "other", "--json")
    code = "GPV-409-ROLLBACK" if is_pinned else "GPV-409-REPLAY"
    assert (done.code, done.json["code"]) == (1, code)
    assert tip_of(one) == before
    assert one.git("for-each-ref", "refs/gitprov/remotes/other") == ""


def test_what_is_bad_moves_nothing(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    before = tip_of(two)
    tree = one.git("rev-parse", f"{LEDGER}^{{tree}}")
    unsigned = one.git("commit-tree", tree, "-p", LEDGER, "-m", "an entry without a signature")
    one.git("push", "--quiet", "origin", f"{unsigned}:{LEDGER}")
    done = two("pull")
    assert done.code == 1
    assert "GPV-400-COMMIT-FORM" in done.err or "GPV-401-UNSIGNED" in done.err
    assert (tip_of(two), two.git("rev-parse", TRACKING)) == (before, before)


def test_a_tracking_ref_that_somebody_else_moved_vouches_for_nothing(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    before = tip_of(two)
    tree = one.git("rev-parse", f"{LEDGER}^{{tree}}")
    unsigned = one.git("commit-tree", tree, "-p", LEDGER, "-m", "an entry without a signature")
    one.git("push", "--quiet", "origin", f"{unsigned}:{LEDGER}")
    two.git("fetch", "--quiet", "origin", f"{LEDGER}:{TRACKING}")
    assert two.git("rev-parse", TRACKING) == unsigned
    for _ in range(2):
        done = two("pull")
        assert (done.code, "GPV-401-UNSIGNED" in done.err) == (1, True)
        assert tip_of(two) == before


def test_a_plain_fetch_into_the_tracking_ref_is_judged_and_followed(team: Team) -> None:
    one, two = team.clone("one"), team.clone("two")
    record(one, 2)
    send(one)
    two.git("fetch", "--quiet", "origin", f"{LEDGER}:{TRACKING}")
    done = two("pull", "--json")
    assert (done.code, done.json["entries"]) == (0, 2)
    assert tip_of(two) == team.tip()


def test_a_remote_out_of_reach_is_no_verdict(team: Team) -> None:
    one = team.clone("one")
    team.server.path.rename(team.folder / "away.git")
    done = one("pull", "--json")
    assert (done.code, done.json["code"]) == (3, "GPV-507-STORAGE")
    assert "git remote get-url origin" in done.json["message"]


def test_a_remote_without_a_ledger(team: Team, git: Git) -> None:
    one = team.clone("one")
    empty = git.init(team.folder / "empty.git", "--bare")
    one.git("remote", "add", "empty", str(empty.path))
    done = one("pull", "empty", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-404-NO-LEDGER")


@pytest.mark.parametrize(
    "name", ["--upload-pack=touch sprung", "ext::touch sprung", "-x", "nobody", "a b", "a\tb", "/x"]
)
def test_odd_names_run_nothing(team: Team, name: str) -> None:
    one = team.clone("one")
    for args in (["pull", "--", name], ["pull", name]):
        done = one(*args)
        assert done.code == 2
        assert "GPV-422-ARGUMENT" in done.err
    one.git("config", "gitprov.remote", name)
    assert one("pull").code == 2
    assert not list(team.folder.rglob("sprung"))


def test_a_transport_program_in_the_settings_does_not_run(team: Team) -> None:
    one = team.clone("one")
    one.git("config", "remote.origin.url", "ext::sh -c 'touch sprung'")
    done = one("pull", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-422-ARGUMENT")
    assert not list(team.folder.rglob("sprung"))


@pytest.mark.parametrize("name", ["größe", "team/eins", "a=b", "日本", "x%2Fy"])
def test_unusual_names_of_remotes_work(team: Team, name: str) -> None:
    one = team.clone("one")
    one.git("remote", "rename", "origin", name)
    done = one("pull", name)
    assert (done.code, done.err) == (0, "")
    assert one.git("rev-parse", f"refs/gitprov/remotes/{name}/ledger") == team.tip()
    folder = one.path / ".git" / "gitprov" / "seen"
    expected = name.replace("%", "%25").replace("/", "%2F")
    assert expected in [path.name for path in folder.iterdir()]


def test_a_relative_url_starts_from_the_work_tree(team: Team) -> None:
    one = team.clone("one")
    one.git("remote", "set-url", "origin", "../server.git")
    deep = one.path / "deep" / "folder"
    deep.mkdir(parents=True)
    done = one.at(deep)("pull")
    assert (done.code, done.err) == (0, "")


def test_which_remote_accepts(team: Team) -> None:
    one = team.clone("one")
    one.git("remote", "add", "second", str(team.server.path))
    assert one("pull", "--json").json["remote"] == "origin"
    one.git("config", "gitprov.remote", "second")
    assert one("pull", "--json").json["remote"] == "second"
    one.git("config", "--unset", "gitprov.remote")
    one.git("remote", "rename", "origin", "first")
    done = one("pull")
    assert done.code == 2
    assert "git config gitprov.remote NAME" in done.err
    one.git("remote", "remove", "first")
    assert one("pull", "--json").json["remote"] == "second"
    one.git("remote", "remove", "second")
    assert "git remote add origin" in one("pull").err


def test_without_a_ledger_and_a_pin_it_sends_to_init(team: Team) -> None:
    path = team.folder / "fresh"
    team.server("clone", "--quiet", str(team.server.path), str(path))
    done = Cli(path)("pull", "--json")
    assert (done.code, done.json["code"]) == (2, "GPV-404-NO-LEDGER")
    assert "gitprov init" in done.json["message"]


def test_a_reviewer_needs_only_plain_git(team: Team, git: Git) -> None:
    reader = git.init(team.folder / "reader")
    url = str(team.server.path)
    reader("fetch", "--quiet", url, f"{LEDGER}:{LEDGER}")
    assert reader("rev-parse", LEDGER) == team.tip()
    one = team.clone("one")
    record(one)
    send(one)
    reader("fetch", "--quiet", url, f"{LEDGER}:{LEDGER}")
    assert Cli(reader.path)("verify").code == 0


def test_a_mirror_still_records_nothing(team: Team) -> None:
    path = team.folder / "mirror.git"
    team.server("clone", "--quiet", "--mirror", str(team.server.path), str(path))
    done = Cli(path, {"GNUPGHOME": str(team.keys.home)})("record", *RUN)
    assert done.code == 2
    assert "mirror clone" in done.err


def test_a_ledger_in_its_own_store_uses_the_code_repositorys_remotes(team: Team) -> None:
    path: Path = team.folder / "partial"
    team.server("config", "uploadpack.allowFilter", "true")
    url = f"file://{team.server.path}"
    team.server("clone", "--quiet", "--filter=blob:none", url, str(path))
    cli = Cli(path, {"GNUPGHOME": str(team.keys.home)})
    store = path / ".git" / "gitprov" / "ledger.git"
    Git(path)("init", "--quiet", "--bare", str(store))
    cli.git("config", "gitprov.genesis", team.server("rev-list", "--max-parents=0", LEDGER))
    done = cli("pull", "--json")
    assert (done.code, done.err) == (0, "")
    assert Git(store)("rev-parse", LEDGER) == team.tip()
    assert cli.git("for-each-ref", "refs/gitprov") == ""
    Git(store)("fsck", "--strict", "--connectivity-only")
    assert not list((store / "objects" / "pack").glob("*.promisor"))
