"""The shell part of the hook: code passes without any program, and what is missing refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HOOK, HOOKS, HookedRemote

pytestmark = [pytest.mark.git, pytest.mark.gpg]

ZERO, OID = "0" * 40, "1" * 40
INTERNAL = ["GPV-500-INTERNAL"]
CODE = f"{ZERO} {OID} refs/heads/main\n".encode()
GUARDED = f"{ZERO} {OID} {LEDGER}\n".encode()


@pytest.fixture
def bare(tmp_path: Path) -> HookedRemote:
    return HookedRemote.make(tmp_path / "bare.git")


def test_the_settings_come_first_in_this_order() -> None:
    lines = [line for line in HOOK.read_text().splitlines() if not line.startswith("#")]
    assert lines[:4] == ["python='python3'", f"ref='{LEDGER}'", "genesis=''", "kind='bare'"]


def test_it_is_executable_and_posix() -> None:
    assert HOOK.stat().st_mode & 0o111 == 0o111
    for shell in ("sh", "dash", "bash", "busybox"):
        if shutil.which(shell):
            options = ["sh", "-n"] if shell == "busybox" else ["-n"]
            subprocess.run([shell, *options, str(HOOK)], check=True)


@pytest.mark.shellcheck
def test_shellcheck_has_nothing_to_say() -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=sh", str(HOOK), str(HOOKS / "post-receive")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.strace
def test_a_push_of_code_starts_no_program(bare: HookedRemote, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hook = bare.path / "hooks/pre-receive"
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=process", "-o", str(trace), str(hook)],
        cwd=bare.path,
        input=CODE,
        check=False,
    )
    assert done.returncode == 0
    calls = trace.read_text()
    assert calls.count("execve(") == 1
    assert "fork" not in calls
    assert "clone" not in calls


def test_code_passes_without_python(bare: HookedRemote) -> None:
    bare.install(python="/nowhere/python")
    assert bare.run_hook(CODE).returncode == 0
    assert bare.run_hook(CODE * 500).returncode == 0
    names = (f"{ZERO} {OID} refs/heads/gitprov-{n}/refs/gitprov\n" for n in range(3))
    assert bare.run_hook("".join(names).encode()).returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        LEDGER,
        "refs/gitprov/x",
        "refs/GitProv/x",
        "REFS/gitprov",
        "refs/notes/gitprov",
        "refs/Notes/Gitprov/x",
        "refs/note\u017f/gitprov",
        "refs/notes",
        "refs/replace/x",
        "refs/REPLACE",
    ],
)
def test_every_name_that_may_be_guarded_needs_python(bare: HookedRemote, name: str) -> None:
    bare.install(python="/nowhere/python")
    for lines in (
        f"{ZERO} {OID} {name}\n".encode(),
        CODE * 100 + f"{OID} {ZERO} {name}\n".encode(),
    ):
        done = bare.run_hook(lines)
        assert (done.returncode, b"GPV-500-INTERNAL" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "name",
    ["refs/heads/Team/GitProv-Ledger/x", "refs/heads/team/gitprov-ledger", "refs/heads/team"],
)
def test_names_around_the_configured_branch_need_python(bare: HookedRemote, name: str) -> None:
    bare.install(ref="refs/heads/team/gitprov-ledger", python="/nowhere/python")
    assert bare.run_hook(f"{ZERO} {OID} {name}\n".encode()).returncode == 1
    assert bare.run_hook(CODE).returncode == 0


def test_what_is_missing_refuses_with_a_code(
    bare: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)
    not_run = tmp_path / "not-run"
    not_run.write_text("")
    for python in ("/nowhere/python", str(silent), str(not_run), "/usr/bin/false", ""):
        bare.install(python=python or "no-such-python")
        assert bare.refuse(history).codes == INTERNAL


def test_a_python_without_gitprov_refuses(bare: HookedRemote, history: HistoryBuilder) -> None:
    plain = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
    bare.install(python=plain)
    assert bare.refuse(history).codes == INTERNAL


@pytest.mark.parametrize("ref", ["", "gitprov/ledger", "refs/", "refs/x"])
def test_a_broken_ref_setting_refuses_everything(bare: HookedRemote, ref: str) -> None:
    bare.install(ref=ref)
    assert bare.run_hook(CODE).returncode == 1


def test_a_broken_genesis_setting_refuses(bare: HookedRemote, history: HistoryBuilder) -> None:
    bare.install(genesis="12")
    assert bare.refuse(history).codes == INTERNAL


def test_nothing_on_standard_input_refuses(bare: HookedRemote) -> None:
    hook = str(bare.path / "hooks/pre-receive")
    done = subprocess.run([hook], cwd=bare.path, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1
    closed = subprocess.run(["sh", "-c", f"'{hook}' <&-"], cwd=bare.path, check=False)
    assert closed.returncode == 1


def test_symbolic_refs_are_seen_whatever_is_behind_them(bare: HookedRemote) -> None:
    bare.install(python="/nowhere/python")
    bare.git("symbolic-ref", "refs/heads/main", "refs/heads/trunk")
    assert bare.run_hook(CODE).returncode == 1
    link = bare.path / "refs/heads/linked"
    link.symlink_to("refs/gitprov/ledger")
    assert bare.run_hook(CODE.replace(b"main", b"linked")).returncode == 1
    (bare.path / "refs/heads/direct").write_text(f"{OID}\n")
    assert bare.run_hook(CODE.replace(b"main", b"direct")).returncode == 0


def test_messages_on_gitlab_begin_as_gitlab_wants_them(
    bare: HookedRemote, history: HistoryBuilder
) -> None:
    for install, env in (("gitlab", {}), ("bare", {"GL_REPOSITORY": "project-1"})):
        bare.install(kind=install)
        done = bare.refuse(history, f"{history.tip}:refs/gitprov/x", env=env)
        assert done.lines
        assert all(line.startswith("GL-HOOK-ERR: gitprov: ") for line in done.lines)
        bare.install(kind=install, python="/nowhere/python")
        done = bare.refuse(history, env=env)
        assert done.lines[0].startswith("GL-HOOK-ERR: gitprov: GPV-500-INTERNAL")


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("gitlab", "GL_USERNAME"),
        ("gitea", "GITEA_PUSHER_NAME"),
        ("gitolite", "GL_USER"),
        ("ghes", "GITHUB_USER_LOGIN"),
        ("bare", "REMOTE_USER"),
    ],
)
def test_the_audit_log_names_the_pusher_as_the_forge_does(
    bare: HookedRemote, history: HistoryBuilder, kind: str, variable: str
) -> None:
    bare.install(kind=kind)
    assert bare.push(history, env={variable: "eve"}).accepted
    assert bare.audit()[-1]["actor"] == {"id": "eve"}


def test_an_audit_log_that_cannot_be_written_refuses(
    bare: HookedRemote, history: HistoryBuilder
) -> None:
    (bare.path / "gitprov").write_text("in the way")
    assert bare.refuse(history).codes == ["GPV-507-STORAGE"]


def test_the_hook_is_told_nothing_by_the_pusher(
    bare: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "sitecustomize.py").write_text("raise SystemExit(0)")
    (evil / "gitprov").mkdir()
    (evil / "gitprov/__init__.py").write_text("raise SystemExit(0)")
    env = {"PYTHONPATH": str(evil), "PYTHONHOME": str(evil), "PYTHONSTARTUP": str(evil)}
    env |= {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(evil), "GNUPGHOME": str(evil)}
    draft = history.draft(history.run("alice"))
    history.land(draft.payload, draft)
    assert bare.refuse(history, env=env).codes == ["GPV-401-UNSIGNED"]


@pytest.mark.parametrize("program", ["env", "cat"])
def test_a_pushers_own_programs_do_not_open_it(
    bare: HookedRemote, history: HistoryBuilder, tmp_path: Path, program: str
) -> None:
    """Whoever pushes on the same machine chooses PATH."""
    fake = tmp_path / "fake" / program
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/run\nexit 0\n")
    fake.chmod(0o755)
    draft = history.draft(history.run("alice"))
    history.land(draft.payload, draft)
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    names = [f"HEAD:refs/heads/b{n}" for n in range(70)]  # a list that `cat` has to read
    code = Git(tmp_path).init(tmp_path / "code")
    code.commit({"a": "b"})
    assert bare.push(code.path, *names, env={"PATH": path}).accepted
    assert bare.refuse(history, env={"PATH": path}).codes == ["GPV-401-UNSIGNED"]
    assert not (tmp_path / "run").exists()


def test_functions_of_the_pusher_do_not_open_it(
    bare: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    """Where sh is bash, exported functions go before programs."""
    hook = bare.path / "hooks/pre-receive"
    shell = tmp_path / "sh"
    shell.symlink_to(shutil.which("bash") or "/bin/bash")
    hook.write_text(hook.read_text().replace("#!/bin/sh", f"#!{shell}", 1))
    body = f"() {{ touch {tmp_path}/run; exit 0; }}"
    env = {f"BASH_FUNC_{name}%%": body for name in ("env", "cat", "printf", "command", "[")}
    draft = history.draft(history.run("alice"))
    history.land(draft.payload, draft)
    assert bare.refuse(history, env=env).codes == ["GPV-401-UNSIGNED"]
    assert not (tmp_path / "run").exists()


def test_a_push_into_a_linked_work_tree_is_judged(
    history: HistoryBuilder, tmp_path: Path, git: Git
) -> None:
    main = git.init(tmp_path / "main")
    main.commit({"a": "b"})
    main("worktree", "add", "--quiet", str(tmp_path / "linked"))
    server = HookedRemote(tmp_path / "main/.git")
    server.install()
    linked = HookedRemote(tmp_path / "linked")
    done = linked.push(history, f"{history.tip}:refs/gitprov/x")
    assert done.codes == ["GPV-403-REF-FORBIDDEN"]
    linked.accept(history)
    assert server.tip() == history.tip
