# ruff: noqa: N802 - a case's name carries its id
"""gitprov server doctor: it passes only where the ledger is guarded, and touches nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.server_caretaker import Caretaker, load_sample, snapshot, write_hook

pytestmark = [pytest.mark.git, pytest.mark.gpg]
REFUSALS = ["GPV-409-NON-FF", "GPV-409-REF-DELETE", "GPV-401-UNSIGNED"]


@pytest.fixture
def server(bare: Git, history: HistoryBuilder, caretaker: Caretaker) -> HookedRemote:
    """A server that accepted the usual ledger, its hook installed."""
    remote = HookedRemote(bare.path)
    caretaker.install(remote.path)
    remote.accept(history)
    caretaker.install(remote.path)
    return remote


def examined(server: HookedRemote, caretaker: Caretaker, *args: str) -> dict[str, list[str]]:
    """Examine a server, which must not change."""
    before = snapshot(server.path)
    found = caretaker.doctor(server.path, *args)
    assert snapshot(server.path) == before
    return found


def test_a_guarded_server_passes_with_three_refusals(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    found = examined(server, caretaker)
    assert found["exit"] == ["0"], found
    assert [line.split()[-1] for line in found["ok"] if ": refused with" in line] == REFUSALS
    said = caretaker("doctor", str(server.path))
    assert said.lines[-1] == "5 ok"


def test_an_empty_server_is_proved_with_a_sample(bare: Git, caretaker: Caretaker) -> None:
    caretaker.install(bare.path, "--genesis", "ab" * 20)
    found = examined(HookedRemote(bare.path), caretaker)
    assert found["exit"] == ["0"], found
    assert [line.split()[-1] for line in found["ok"] if ": refused with" in line] == REFUSALS


def hook_of(server: HookedRemote) -> Path:
    return server.path / "hooks/pre-receive"


def not_executable(server: HookedRemote) -> str:
    hook_of(server).chmod(0o644)
    return "not executable"


def replaced(server: HookedRemote) -> str:
    hook_of(server).write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    return "not gitprov's hook"


def emptied(server: HookedRemote) -> str:
    """It still looks like ours, and lets all pass before it starts."""
    text = hook_of(server).read_text(encoding="utf-8")
    hook_of(server).write_text(text.replace("set -u\n", "exit 0\n"), encoding="utf-8")
    return "a deletion was ACCEPTED"


def refusing_all(server: HookedRemote) -> str:
    text = hook_of(server).read_text(encoding="utf-8")
    hook_of(server).write_text(text.replace("set -u\n", "exit 1\n"), encoding="utf-8")
    return "a deletion was refused, but not with GPV-409-REF-DELETE"


def missing(server: HookedRemote) -> str:
    hook_of(server).unlink()
    return "a forged rewrite was ACCEPTED"


def shadowed(server: HookedRemote) -> str:
    Git(server.path)("config", "core.hooksPath", "/dev/null")
    return "core.hooksPath (local configuration"


def another_genesis(server: HookedRemote) -> str:
    text = hook_of(server).read_text(encoding="utf-8")
    pinned = text.partition("genesis='")[2][:40]
    hook_of(server).write_text(text.replace(pinned, "cd" * 20), encoding="utf-8")
    return f"the hook pins {'cd' * 20}"


def broken_interpreter(server: HookedRemote) -> str:
    text = hook_of(server).read_text(encoding="utf-8")
    python = text.partition("python='")[2].partition("'")[0]
    hook_of(server).write_text(text.replace(python, "/usr/bin/false"), encoding="utf-8")
    return "/usr/bin/false cannot run it"


def absent_interpreter(server: HookedRemote) -> str:
    text = hook_of(server).read_text(encoding="utf-8")
    python = text.partition("python='")[2].partition("'")[0]
    hook_of(server).write_text(text.replace(python, "/nowhere/python"), encoding="utf-8")
    return "it does not start"


def writable_by_others(server: HookedRemote) -> str:
    hook_of(server).chmod(0o777)
    return "written by others"


def head_leads_to_the_ledger(server: HookedRemote) -> str:
    Git(server.path)("symbolic-ref", "HEAD", LEDGER)
    return "HEAD is symbolic"


def dangling_alias(server: HookedRemote) -> str:
    Git(server.path)("symbolic-ref", "refs/heads/alias", "refs/gitprov/ledgers/next")
    return "refs/heads/alias is symbolic"


def ledger_is_symbolic(server: HookedRemote) -> str:
    git = Git(server.path)
    git("update-ref", "refs/heads/elsewhere", LEDGER)
    git("symbolic-ref", LEDGER, "refs/heads/elsewhere")
    return f"{LEDGER} is symbolic"


def pruned_at_once(server: HookedRemote) -> str:
    Git(server.path)("config", "gc.pruneExpire", "now")
    return "gc.pruneExpire"


def lost_alternate(server: HookedRemote) -> str:
    path = server.path / "objects/info/alternates"
    path.write_text("/nowhere/objects\n", encoding="utf-8")
    return "borrowed from /nowhere/objects"


def shallow_pushes(server: HookedRemote) -> str:
    server.git("config", "receive.shallowUpdate", "true")
    return "lets any pusher add to the shallow file"


HARMS = [
    not_executable,
    replaced,
    emptied,
    refusing_all,
    missing,
    shadowed,
    another_genesis,
    broken_interpreter,
    absent_interpreter,
    writable_by_others,
    head_leads_to_the_ledger,
    dangling_alias,
    ledger_is_symbolic,
    pruned_at_once,
    lost_alternate,
    shallow_pushes,
]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_whatever_undoes_the_guard_is_found(
    server: HookedRemote, caretaker: Caretaker, harm: Callable[[HookedRemote], str]
) -> None:
    expected = harm(server)
    found = examined(server, caretaker)
    assert found["exit"] == ["1"], found
    assert any(expected in message for message in found["problem"]), found


@pytest.mark.parametrize(
    "harm", [not_executable, replaced, emptied, missing, shadowed], ids=lambda harm: harm.__name__
)
def test_a_guard_that_is_off_lets_every_probe_pass(
    server: HookedRemote, caretaker: Caretaker, harm: Callable[[HookedRemote], str]
) -> None:
    harm(server)
    found = examined(server, caretaker)
    assert len([line for line in found["problem"] if line.endswith("of this server")]) == 3, found


def test_a_personal_setting_that_shadows_the_hook_is_found(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hooks").mkdir()
    for scope, variable in (("global", "GIT_CONFIG_GLOBAL"), ("system", "GIT_CONFIG_SYSTEM")):
        settings = tmp_path / scope
        settings.write_text(f"[core]\n\thooksPath = {tmp_path}/hooks\n", encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(settings))
            patch.setenv("GIT_CONFIG_NOSYSTEM", "0")
            found = examined(server, caretaker)
        assert found["exit"] == ["1"]
        assert any(f"core.hooksPath ({scope} configuration" in line for line in found["problem"])


@pytest.mark.root
def test_a_hook_of_another_user_is_found(server: HookedRemote, caretaker: Caretaker) -> None:
    os.chown(hook_of(server), 12345, -1)
    found = examined(server, caretaker)
    assert found["exit"] == ["1"]
    assert any("belongs to user 12345" in line for line in found["problem"])


@pytest.mark.root
def test_the_settings_of_the_repository_s_owner_count(
    server: HookedRemote, caretaker: Caretaker
) -> None:
    """Root asks; pushes are served by somebody else."""
    os.chown(server.path, 65534, -1)
    found = examined(server, caretaker)
    assert found["exit"] == ["3"]
    assert any("belongs to user 65534" in line for line in found["note"])


@pytest.mark.root
def test_nobody_else_s_hook_is_run(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path
) -> None:
    """Else whoever owns the repository would run as root."""
    write_hook(hook_of(server), f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    os.chown(hook_of(server), 65534, -1)
    os.chown(server.path, 65534, -1)
    found = examined(server, caretaker)
    assert any("was not run" in line for line in found["unknown"])
    assert not (tmp_path / "ran").exists()


def test_case_P_19_git_itself_passes_a_hook_without_run_bit_over(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker
) -> None:
    not_executable(server)
    assert server.push(history, f"+{history.tip}~1:{LEDGER}").accepted
    assert examined(server, caretaker)["exit"] == ["1"]


def test_hooks_that_gitolite_linked_are_proved(
    bare: Git, history: HistoryBuilder, caretaker: Caretaker, tmp_path: Path
) -> None:
    """hooks/pre-receive leads to a driver that runs every hooks/pre-receive.h*."""
    local = tmp_path / "local"
    local.mkdir()
    caretaker.install(local, "--kind", "gitolite")
    driver = (
        '#!/bin/sh\nall=$(cat)\nfor one in "$0".*; do\n  [ -x "$one" ] || continue\n'
        '  printf "%s\\n" "$all" | "$one" || exit 1\ndone\n'
    )
    write_hook(tmp_path / "driver", driver)
    hooks = bare.path / "hooks"
    (hooks / "pre-receive.sample").unlink()
    (hooks / "pre-receive").symlink_to(tmp_path / "driver")
    (hooks / "pre-receive.h00-gitprov").symlink_to(local / "hooks/repo-specific/gitprov")
    server = HookedRemote(bare.path)
    server.accept(history)
    found = examined(server, caretaker)
    assert found["exit"] == ["0"], found
    (hooks / "pre-receive").unlink()
    assert examined(server, caretaker)["exit"] == ["1"]


def test_a_genesis_that_the_caller_knows_counts(server: HookedRemote, caretaker: Caretaker) -> None:
    found = examined(server, caretaker, "--genesis", "cd" * 20)
    assert found["exit"] == ["1"]
    genesis = Git(server.path)("rev-list", "--max-parents=0", LEDGER)
    assert examined(server, caretaker, "--genesis", genesis)["exit"] == ["0"]


def test_a_missing_pin_is_a_warning(server: HookedRemote, caretaker: Caretaker) -> None:
    text = hook_of(server).read_text(encoding="utf-8")
    pinned = text.partition("genesis='")[2][:40]
    hook_of(server).write_text(text.replace(pinned, ""), encoding="utf-8")
    found = examined(server, caretaker)
    assert found["exit"] == ["0"]
    assert any("pins no genesis" in line for line in found["warning"])


def test_hooks_that_act_after_a_push_are_never_run(
    server: HookedRemote, caretaker: Caretaker, tmp_path: Path
) -> None:
    """Even where the guard is off and a probe is accepted, nobody is told of it."""
    for name in ("post-receive", "post-update", "update", "reference-transaction"):
        text = f"#!/bin/sh\necho {name} >> {tmp_path}/ran\n"
        write_hook(server.path / "hooks" / name, text)
    replaced(server)
    assert examined(server, caretaker)["exit"] == ["1"]
    assert not (tmp_path / "ran").exists()


def test_other_hooks_of_a_chain_are_named(
    bare: Git, history: HistoryBuilder, caretaker: Caretaker, tmp_path: Path
) -> None:
    """Ours comes first, so theirs is not even run."""
    write_hook(bare.path / "hooks/pre-receive", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    caretaker.install(bare.path)
    server = HookedRemote(bare.path)
    server.accept(history)
    (tmp_path / "ran").unlink()
    found = examined(server, caretaker)
    assert found["exit"] == ["0"]
    assert any("50-previous" in line for line in found["note"])
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_the_hooks_of_a_forge_are_not_run_but_named(
    bare: Git, caretaker: Caretaker, tmp_path: Path, kind: str
) -> None:
    folder = bare.path / ("custom_hooks" if kind == "gitlab" else "hooks") / "pre-receive.d"
    write_hook(folder / "gitea", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    server = HookedRemote(bare.path)
    load_sample(bare.path, tmp_path)
    caretaker.install(bare.path, "--kind", kind)
    if kind == "gitea":
        found = examined(server, caretaker)
        assert found["exit"] == ["1"]
        assert any("no hook of the server runs" in line for line in found["problem"])
        write_hook(bare.path / "hooks/pre-receive", "#!/bin/sh\n# runs hooks/pre-receive.d/*\n")
    found = examined(server, caretaker)
    assert found["exit"] == ["0"], found
    assert any("gitea" in line for line in found["note"])
    assert not (tmp_path / "ran").exists()


def test_what_is_no_repository_is_said(tmp_path: Path, caretaker: Caretaker) -> None:
    assert caretaker("doctor", str(tmp_path)).code == 2


def test_a_branch_and_signed_commits_are_reminded_of(
    bare: Git, history: HistoryBuilder, caretaker: Caretaker
) -> None:
    branch = "refs/heads/gitprov-ledger"
    caretaker.install(bare.path, "--ref", branch)
    server = HookedRemote(bare.path)
    server.accept(history, f"{history.tip}:{branch}")
    on_forge = examined(server, caretaker, "--kind", "forgejo")
    assert on_forge["exit"] == ["0"]
    assert any("delete and move branches" in text for text in on_forge["warning"])
    assert any("requires signed commits" in text for text in on_forge["note"])
    at_home = examined(server, caretaker)
    assert any("delete and move branches" in text for text in at_home["note"])
    assert not any("signed commits" in text for text in at_home.get("note", []))
    assert not any("post-receive" in text for text in on_forge["warning"])
    write_hook(bare.path / "hooks/post-receive", "#!/bin/sh\n")
    alone = examined(server, caretaker, "--kind", "forgejo")
    assert any("no post-receive hook of gitprov" in text for text in alone["warning"])
    said = caretaker.install(bare.path, "--ref", branch)
    assert "protect the branch refs/heads/gitprov-ledger on the forge too" in said.out


def test_a_branch_that_a_forge_moved_back_is_named(
    bare: Git, history: HistoryBuilder, caretaker: Caretaker
) -> None:
    """The hook was not asked, but it remembers; the companion told it."""
    branch = "refs/heads/gitprov-ledger"
    caretaker.install(bare.path, "--ref", branch)
    server = HookedRemote(bare.path)
    server.accept(history, f"{history.tip}:{branch}")
    assert examined(server, caretaker)["exit"] == ["0"]
    for command in (("update-ref", branch, f"{history.tip}~1"), ("update-ref", "-d", branch)):
        server.git(*command)
        found = examined(server, caretaker)
        assert found["exit"] == ["1"]
        assert any(f"{history.tip} had landed there" in text for text in found["problem"])
    (fix,) = [
        check["remedy"].removeprefix("from a clone that has it: git ").split()
        for check in caretaker("doctor", str(bare.path), "--json").json["checks"]
        if "had landed there" in check["message"]
    ]
    Git(history.path)(*fix)
    assert examined(server, caretaker)["exit"] == ["0"]
