"""gitprov server install: in the right place, beside other hooks, and out again without a trace."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gitprov.local.hook_files import DiskHookFiles
from gitprov.model.server_hook import HookAction, HookChange, HookSettings, ServerKind
from gitprov.service.server.hook_text import read_hook, render_hook
from gitprov.service.server.install_hook import HookLocation, plan_install, plan_removal
from gitprov.wiring.shipped_files import read_shipped
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.server_caretaker import Caretaker, load_sample, snapshot, write_hook

pytestmark = [pytest.mark.git, pytest.mark.gpg]

# Writes down what it is told, and refuses a push of refs/heads/no.
FOREIGN = """#!/bin/sh
cat > seen
! grep -q refs/heads/no seen
"""
OID = "ab" * 20


@pytest.fixture
def server(bare: Git, history: HistoryBuilder) -> HookedRemote:
    """A server without a hook."""
    del history
    return HookedRemote(bare.path)


def settings_of(path: Path) -> HookSettings:
    settings = read_hook(path.read_bytes())
    assert settings is not None
    return settings


def test_a_hook_comes_in_and_goes_without_a_trace(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    before = snapshot(server.path)
    said = caretaker.install(server.path, "--genesis", OID)
    hook = server.path / "hooks/pre-receive"
    expected = HookSettings(caretaker.python, LEDGER, OID, "bare")
    assert settings_of(hook) == expected
    assert hook.stat().st_mode & 0o777 == 0o755
    assert f"wrote {hook}" in said.out
    after = snapshot(server.path)
    assert "already" in caretaker.install(server.path).lines[0]
    assert snapshot(server.path) == after
    caretaker.install(server.path, "--uninstall")
    assert snapshot(server.path) == before
    assert caretaker.install(server.path, "--uninstall").lines == ["no hook of gitprov is there"]


def test_a_dry_run_shows_all_and_changes_nothing(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    write_hook(server.path / "hooks/pre-receive", FOREIGN)
    before = snapshot(server.path)
    said = caretaker.install(server.path, "--dry-run")
    assert len([line for line in said.lines if line.startswith("would ")]) == 5
    assert snapshot(server.path) == before
    caretaker.install(server.path)
    before = snapshot(server.path)
    caretaker.install(server.path, "--uninstall", "--dry-run")
    assert snapshot(server.path) == before


def test_another_hook_keeps_working(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker, repo: Git
) -> None:
    """Both hooks get the same updates; either of them refuses the push."""
    write_hook(server.path / "hooks/pre-receive", FOREIGN)
    os.utime(server.path / "hooks/pre-receive", (1, 1))
    before = snapshot(server.path / "hooks")
    caretaker.install(server.path)
    server.accept(history)
    repo.commit({"file": "text\n"})
    server.accept(repo.path, "HEAD:refs/heads/main", "HEAD:refs/heads/other")
    seen = (server.path / "seen").read_text().splitlines()
    assert [line.split(" ")[2] for line in seen] == ["refs/heads/main", "refs/heads/other"]
    assert not server.push(repo.path, "HEAD:refs/heads/no").accepted
    done = server.push(history, f"+{history.tip}~1:{LEDGER}")
    assert done.codes == ["GPV-409-NON-FF"]
    assert caretaker.doctor(server.path)["exit"] == ["0"]
    caretaker.install(server.path, "--uninstall")
    assert snapshot(server.path / "hooks") == before
    assert server.push(history, f"+{history.tip}~1:{LEDGER}").accepted


def test_a_chain_whose_first_part_does_not_run_refuses_everything(
    server: HookedRemote, caretaker: Caretaker, repo: Git
) -> None:
    write_hook(server.path / "hooks/pre-receive", FOREIGN)
    caretaker.install(server.path)
    repo.commit({"file": "text\n"})
    for harm in (lambda path: path.chmod(0o644), Path.unlink):
        harm(server.path / "hooks/pre-receive.d/00-gitprov")
        assert not server.push(repo.path, "HEAD:refs/heads/main").accepted
    caretaker.install(server.path)
    assert server.push(repo.path, "HEAD:refs/heads/main").accepted


def test_a_hook_without_run_bit_stays_passed_over(
    server: HookedRemote, caretaker: Caretaker, repo: Git
) -> None:
    write_hook(server.path / "hooks/pre-receive", "#!/bin/sh\nexit 1\n", 0o644)
    caretaker.install(server.path)
    repo.commit({"file": "text\n"})
    assert server.push(repo.path, "HEAD:refs/heads/main").accepted


def test_a_hook_that_runs_a_folder_gets_ours_into_it(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker
) -> None:
    runner = (
        '#!/bin/sh\nall=$(cat)\nfor one in hooks/pre-receive.d/*; do\n  printf "%s\\n" "$all" |'
        ' "$one" || exit 1\ndone\n'
    )
    write_hook(server.path / "hooks/pre-receive", runner)
    before = snapshot(server.path / "hooks")
    caretaker.install(server.path)
    assert (server.path / "hooks/pre-receive").read_text() == runner
    server.accept(history)
    assert server.push(history, f":{LEDGER}").codes == ["GPV-409-REF-DELETE"]
    assert caretaker.doctor(server.path)["exit"] == ["0"]
    caretaker.install(server.path, "--uninstall")
    assert snapshot(server.path / "hooks") == before


@pytest.mark.parametrize("done", range(5))
def test_a_kill_between_two_steps_loses_nothing(server: HookedRemote, done: int) -> None:
    """Whatever was done, some hook is in force, and the next call completes or undoes it."""
    files = DiskHookFiles()
    place = HookLocation(server.path, ServerKind.BARE)
    write_hook(place.main, FOREIGN)
    before = snapshot(server.path / "hooks")
    settings = HookSettings("/usr/bin/python3", LEDGER, "", "bare")
    hook = render_hook(read_shipped("hooks/pre-receive"), settings)
    chain = read_shipped("hooks/pre-receive.chain")
    steps = plan_install(place, files, hook, chain)
    assert [step.action for step in steps] == [
        HookAction.MAKE_FOLDER,
        HookAction.WRITE,
        HookAction.KEEP,
        HookAction.WRITE,
    ]
    files.apply(steps[:done])
    assert place.main.read_bytes() in {FOREIGN.encode(), chain}
    files.apply(plan_install(place, files, hook, chain))
    assert place.main.read_bytes() == chain
    assert place.previous.read_text() == FOREIGN
    assert plan_install(place, files, hook, chain) == []
    removal = plan_removal(place, files)
    files.apply(removal[:done])
    assert place.main.read_bytes() in {FOREIGN.encode(), chain}
    files.apply(plan_removal(place, files))
    after = snapshot(server.path / "hooks")
    if done == len(removal) - 1:
        after.pop("pre-receive.d")  # an empty folder may stay after a kill
    assert after == before


@pytest.mark.parametrize(
    ("kind", "path", "named"),
    [
        ("gitlab", "custom_hooks/pre-receive.d/gitprov", "gitlab"),
        ("gitea", "hooks/pre-receive.d/gitprov", "gitea"),
        ("forgejo", "hooks/pre-receive.d/gitprov", "gitea"),
    ],
)
def test_forges_have_a_folder_for_it(
    server: HookedRemote, caretaker: Caretaker, kind: str, path: str, named: str
) -> None:
    before = snapshot(server.path)
    caretaker.install(server.path, "--kind", kind)
    assert settings_of(server.path / path).kind == named
    assert not (server.path / "hooks/pre-receive").exists()
    caretaker.install(server.path, "--kind", kind, "--uninstall")
    after = snapshot(server.path)
    after.pop("custom_hooks", None)
    assert after == before


def test_gitolite_takes_it_from_its_local_code(
    tmp_path: Path, server: HookedRemote, caretaker: Caretaker
) -> None:
    local = tmp_path / "local"
    local.mkdir()
    said = caretaker.install(local, "--kind", "gitolite")
    assert settings_of(local / "hooks/repo-specific/gitprov").kind == "gitolite"
    assert "option hook.pre-receive = gitprov" in said.out
    assert caretaker("install", str(server.path), "--kind", "gitolite").code == 2


def test_an_enterprise_server_gets_instructions(server: HookedRemote, caretaker: Caretaker) -> None:
    before = snapshot(server.path)
    said = caretaker.install(server.path, "--kind", "ghes", "--genesis", OID)
    assert f"genesis='{OID}'" in said.out
    assert "ghe-hook-env-create" in said.out
    assert snapshot(server.path) == before


def test_a_pin_comes_from_the_ledger_and_is_never_lost(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path
) -> None:
    hook = server.path / "hooks/pre-receive"
    assert "no genesis is pinned" in caretaker.install(server.path).out
    genesis = load_sample(server.path, tmp_path)
    caretaker.install(server.path)
    assert settings_of(hook).genesis == genesis
    other = caretaker("install", str(server.path), "--genesis", OID)
    assert other.code == 2
    assert genesis in other.err
    Git(server.path)("update-ref", "-d", LEDGER)
    caretaker.install(server.path)
    assert settings_of(hook).genesis == genesis


def test_a_pin_that_contradicts_the_ledger_is_said(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path
) -> None:
    caretaker.install(server.path, "--genesis", OID)
    genesis = load_sample(server.path, tmp_path)
    refused = caretaker("install", str(server.path))
    assert refused.code == 2
    assert "the hook that is installed says" in refused.err
    caretaker.install(server.path, "--genesis", genesis)
    assert settings_of(server.path / "hooks/pre-receive").genesis == genesis


def test_the_ledger_may_be_a_branch(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker
) -> None:
    branch = "refs/heads/gitprov-ledger"
    caretaker.install(server.path, "--ref", branch)
    server.accept(history, f"{history.tip}:{branch}")
    assert server.push(history, f":{branch}").codes == ["GPV-409-REF-DELETE"]
    assert caretaker.doctor(server.path)["exit"] == ["0"]
    caretaker.install(server.path)
    assert settings_of(server.path / "hooks/pre-receive").ref == branch


@pytest.mark.parametrize("link", ["hooks", "hooks/pre-receive", "hooks/pre-receive.d"])
def test_symbolic_links_are_left_alone(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path, link: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = server.path / link
    if link == "hooks/pre-receive.d":
        write_hook(server.path / "hooks/pre-receive", FOREIGN)
    elif path.is_dir():
        path.rename(tmp_path / "old")
    path.symlink_to(tmp_path / "elsewhere")
    before = snapshot(server.path)
    refused = caretaker("install", str(server.path))
    assert refused.code == 2
    assert "GPV-422-ARGUMENT" in refused.err
    assert snapshot(server.path) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("whose", ["its own", "personal"])
def test_hooks_that_git_runs_from_elsewhere_are_named(
    server: HookedRemote,
    caretaker: Caretaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
) -> None:
    if whose == "its own":
        Git(server.path)("config", "core.hooksPath", str(tmp_path))
    else:
        personal = tmp_path / "gitconfig"
        personal.write_text(f"[core]\n\thooksPath = {tmp_path}\n", encoding="utf-8")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(personal))
    refused = caretaker("install", str(server.path))
    assert refused.code == 2
    remedy = f"git --git-dir={server.path} config core.hooksPath {server.path}/hooks"
    assert remedy in refused.err
    subprocess.run(remedy, shell=True, check=True)  # noqa: S602 - as a reader types it
    caretaker.install(server.path)
    assert caretaker.doctor(server.path)["exit"] == ["0"]


def test_only_repositories_are_taken(tmp_path: Path, caretaker: Caretaker, git: Git) -> None:
    assert caretaker("install", str(tmp_path / "absent")).code == 2
    assert caretaker("install", str(tmp_path)).code == 2
    git("init", "--quiet", "--bare", "--object-format=sha256", "odd.git")
    assert "GPV-501-REPO-UNSUPPORTED" in caretaker("install", str(tmp_path / "odd.git")).err


def test_a_python_that_cannot_run_the_hook_is_refused(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    write_hook(broken, "#!/bin/sh\necho no gitprov here >&2\nexit 1\n")
    before = snapshot(server.path)
    refused = Caretaker(caretaker.inside, str(broken))("install", str(server.path))
    assert refused.code == 3
    assert "no gitprov here" in refused.err
    assert snapshot(server.path) == before


def test_a_second_foreign_hook_is_not_overwritten(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    """Somebody wrote a new hook over the chain: which of the two counts, people must say."""
    main = server.path / "hooks/pre-receive"
    write_hook(main, FOREIGN)
    caretaker.install(server.path)
    write_hook(main, "#!/bin/sh\nexit 0\n")
    refused = caretaker("install", str(server.path))
    assert refused.code == 2
    assert "50-previous" in refused.err


def test_a_hook_of_somebody_else_in_our_place_is_not_overwritten(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    write_hook(server.path / "hooks/pre-receive.d/gitprov", FOREIGN)
    assert caretaker("install", str(server.path), "--kind", "gitea").code == 2


def test_the_answer_comes_as_json(server: HookedRemote, caretaker: Caretaker) -> None:
    content = caretaker.install(server.path, "--json", "--genesis", OID).json
    assert content["schema"] == "gitprov.server-install/v1"
    assert content["hook"]["genesis"] == OID
    assert [step["action"] for step in content["steps"]] == ["write", "write"]


def test_the_umask_of_whoever_installs_does_not_count(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    """Else root's hook could not be run by the user who serves the pushes."""
    write_hook(server.path / "hooks/pre-receive", FOREIGN)
    old = os.umask(0o077)
    try:
        caretaker.install(server.path)
    finally:
        os.umask(old)
    for name in ("pre-receive", "pre-receive.d", "pre-receive.d/00-gitprov"):
        assert (server.path / "hooks" / name).stat().st_mode & 0o777 == 0o755, name


def test_odd_paths_are_quoted(tmp_path: Path) -> None:
    template = read_shipped("hooks/pre-receive")
    odd = HookSettings("/opt/it's $(here) `now`/python", LEDGER, "", "bare")
    content = render_hook(template, odd)
    assert read_hook(content) == odd
    script = tmp_path / "hook"
    script.write_bytes(content.partition(b"set -u")[0] + b"printf '%s' \"$python\"\n")
    said = subprocess.run(["sh", str(script)], capture_output=True, check=True)
    assert said.stdout.decode() == odd.python
    assert HookChange(HookAction.WRITE, tmp_path).line() == f"write {tmp_path}"
